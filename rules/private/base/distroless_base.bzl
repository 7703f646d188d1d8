"""distroless_base: a base image from Debian packages."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "deb_line", "label_text", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")

visibility("public")  # loaded by the repositories that the extension makes

def _distroless_base_impl(ctx):
    layout = ctx.actions.declare_directory(ctx.label.name)
    layers = depset(transitive = [p[PyLayerInfo].layers for p in ctx.attr.packages], order = "preorder")
    debug = ctx.attr.debug[PyLayerInfo].layers.to_list()[0] if ctx.attr.debug else None
    laid = layers.to_list() + ([debug] if debug else [])
    manifest = new_manifest(
        ctx,
        architecture = ctx.attr.architecture,
        codename = ctx.attr.codename,
        debug = {"elf": debug.elf.path, "facts": debug.facts.path, "layer": debug.layer.path} if debug else None,
        label = label_text(ctx.label),
        output = layout.path,
        python = ctx.attr.python,
        release = ctx.attr.release,
        version_id = ctx.attr.version_id,
    )
    manifest.add_all(layers, map_each = deb_line)
    run_tool(
        ctx,
        command = "base",
        inputs = [file for layer in laid for file in (layer.layer, layer.facts, layer.elf)],
        manifest = manifest,
        message = "Assembling base %{label}",
        mnemonic = "DistrolessBase",
        outputs = [layout],
    )
    return [DefaultInfo(
        files = depset([layout]),
        runfiles = ctx.runfiles([layout] + [layer.layer for layer in laid]),
    )]

distroless_base = rule(
    implementation = _distroless_base_impl,
    doc = "An OCI layout that holds what `gcr.io/distroless/python3-debianNN` holds, from that release's packages.",
    attrs = TOOL_ATTRS | {
        "added": attr.string_list(
            doc = "The Debian packages that the lock has for images to add.",
        ),
        "architecture": attr.string(
            doc = "Debian's word for the architecture.",
            mandatory = True,
            values = ["amd64", "arm64"],
        ),
        "codename": attr.string(
            doc = "The release's codename, for example `trixie`.",
            mandatory = True,
        ),
        "debug": attr.label(
            doc = "The layer of a busybox package, for a base with a shell at `/busybox`.",
            providers = [PyLayerInfo],
        ),
        "lock": attr.string(
            doc = "Path of the lock in the workspace, for messages; empty where it is another module's.",
        ),
        "packages": attr.label_list(
            doc = "The packages' layers, lowest first.",
            mandatory = True,
            providers = [PyLayerInfo],
        ),
        "python": attr.string(
            doc = "The Python `X.Y` among the packages.",
            mandatory = True,
        ),
        "release": attr.string(
            doc = "The release, for example `debian13`.",
            mandatory = True,
        ),
        "version_id": attr.string(
            doc = "The release's number, for example `13`.",
            mandatory = True,
        ),
    },
    cfg = base_transition,
)
