"""base_aspect: reads an OCI layout once, at its own target, for every image on it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load(":base_interpreter.bzl", "BaseInterpreterInfo")
load(":described.bzl", "declare_described")
load(":stdlib_bytecode.bzl", "stdlib_bytecode")

visibility(["//rules/...", "//tests/..."])

def _base_aspect_impl(target, ctx):
    if PyBaseInfo in target:
        return []
    files = target[DefaultInfo].files.to_list()  # a layout is one directory

    # Of a source file Bazel does not say whether it is a directory.
    if len(files) != 1 or not (files[0].is_directory or (files[0].is_source and ctx.rule.kind == "filegroup")):
        # Not a layout: the rule that needs a base reports it, with the name of its own attribute.
        return []
    layout = files[0]
    blobs = depset([layout], transitive = [target[DefaultInfo].default_runfiles.files])
    architecture = ctx.attr._architecture[BuildSettingInfo].value or "amd64"
    name = "{}.{}".format(target.label.name, architecture)
    described = declare_described(ctx, name)
    interpreter = ctx.actions.declare_directory(name + ".interpreter")
    compiler = ctx.actions.declare_directory(name + ".compiler")
    run_tool(
        ctx,
        command = "profile",
        inputs = blobs,
        manifest = new_manifest(
            ctx,
            architecture = architecture,
            described = described.fields,
            label = label_text(target.label),
            layout = layout.path,
        ),
        message = "Reading the base %{label}",
        mnemonic = "BaseProfile",
        outputs = described.files,
    )
    run_tool(
        ctx,
        command = "interpreter",
        inputs = depset([described.profile, described.contents], transitive = [blobs]),
        manifest = new_manifest(
            ctx,
            compiler = compiler.path,
            contents = described.contents.path,
            label = label_text(target.label),
            layout = layout.path,
            output = interpreter.path,
            profile = described.profile.path,
        ),
        message = "Extracting the interpreter of %{label}",
        mnemonic = "BaseInterpreter",
        outputs = [interpreter, compiler],
    )
    builder = interpreter
    if BaseInterpreterInfo in ctx.attr._compiler:
        builder = ctx.attr._compiler[BaseInterpreterInfo].interpreter
        compiler = ctx.attr._compiler[BaseInterpreterInfo].compiler
    bytecode = stdlib_bytecode(
        ctx,
        name,
        compiler = compiler,
        described = described,
        interpreter = interpreter,
        label = target.label,
    )
    return [PyBaseInfo(
        architecture = architecture,
        builder = builder,
        bytecode = bytecode,
        compiler = compiler,
        contents = described.contents,
        files = blobs,
        interpreter = interpreter,
        layout = layout,
        profile = described.profile,
        python = described.python,
    )]

base_aspect = aspect(
    implementation = _base_aspect_impl,
    doc = "Adds PyBaseInfo to any target whose one output is an OCI layout directory.",
    attrs = TOOL_ATTRS | {
        "_architecture": attr.label(default = "//rules:architecture"),
        "_compiler": attr.label(default = "//rules:compiler"),
    },
    provides = [],
)
