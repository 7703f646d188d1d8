"""base_aspect: reads an OCI layout once, at its own target, for every image on it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")

visibility(["//rules/..."])

def _base_aspect_impl(target, ctx):
    files = target[DefaultInfo].files.to_list()  # a layout is one directory

    # Of a source file Bazel does not say whether it is a directory.
    if len(files) != 1 or not (files[0].is_directory or (files[0].is_source and ctx.rule.kind == "filegroup")):
        # Not a layout: whoever needs a base says so, with its own attribute's name.
        return []
    layout = files[0]
    made = ctx.rule.attr if ctx.rule.kind == "distroless_base" else struct(added = [], lock = "", packages = [])
    blobs = depset([layout], transitive = [target[DefaultInfo].default_runfiles.files])
    architecture = ctx.attr._architecture[BuildSettingInfo].value or "amd64"
    profile = ctx.actions.declare_file("{}.{}.profile.json".format(target.label.name, architecture))
    interpreter = ctx.actions.declare_directory("{}.{}.interpreter".format(target.label.name, architecture))
    run_tool(
        ctx,
        command = "profile",
        inputs = blobs,
        manifest = new_manifest(
            ctx,
            architecture = architecture,
            label = label_text(target.label),
            layout = layout.path,
            output = profile.path,
        ),
        message = "Reading the base %{label}",
        mnemonic = "BaseProfile",
        outputs = [profile],
    )
    run_tool(
        ctx,
        command = "interpreter",
        inputs = depset([profile], transitive = [blobs]),
        manifest = new_manifest(
            ctx,
            label = label_text(target.label),
            layout = layout.path,
            output = interpreter.path,
            profile = profile.path,
        ),
        message = "Extracting the interpreter of %{label}",
        mnemonic = "BaseInterpreter",
        outputs = [interpreter],
    )
    return [PyBaseInfo(
        added = made.added,
        architecture = architecture,
        files = blobs,
        interpreter = interpreter,
        layout = layout,
        lock = made.lock,
        packages = depset(transitive = [package[PyLayerInfo].layers for package in made.packages]),
        profile = profile,
    )]

base_aspect = aspect(
    implementation = _base_aspect_impl,
    doc = "Adds PyBaseInfo to any target whose one output is an OCI layout directory.",
    attrs = TOOL_ATTRS | {
        "_architecture": attr.label(default = "//rules:architecture"),
    },
    provides = [],
)
