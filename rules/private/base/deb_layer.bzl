"""deb_layer: a Debian package becomes a layer, as in distroless."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")

visibility("public")  # loaded by the repositories that the extension makes

def _deb_layer_impl(ctx):
    recipe = {"action": "deb-layer", "archive": ctx.attr.archive, "path": ctx.attr.path}
    layer = declare_layer(ctx, ctx.label.name, recipe, source = ctx.file.deb)
    run_tool(
        ctx,
        command = "deb-layer",
        inputs = [ctx.file.deb],
        manifest = new_manifest(
            ctx,
            deb = ctx.file.deb.path,
            label = label_text(ctx.label),
            name = ctx.attr.package,
            output = layer_fields(layer),
            sha256 = ctx.attr.sha256 or None,
            version = ctx.attr.version,
        ),
        message = "Creating layer for Debian package {} {}".format(ctx.attr.package, ctx.attr.version),
        mnemonic = "DebLayer",
        outputs = layer_files([layer]),
    )
    return [
        DefaultInfo(files = depset([layer.layer])),
        PyLayerInfo(layers = depset([layer])),
    ]

deb_layer = rule(
    implementation = _deb_layer_impl,
    doc = "One layer from one `.deb`: documentation left out, copyright kept, `status.d` metadata for scanners.",
    attrs = TOOL_ATTRS | {
        "archive": attr.string(
            doc = "The archive that has it, `debian` or `debian-security`; for the provenance.",
        ),
        "deb": attr.label(
            doc = "The `.deb` file.",
            allow_single_file = [".deb"],
            mandatory = True,
        ),
        "package": attr.string(
            doc = "The package's name, for example `libc6`.",
            mandatory = True,
        ),
        "path": attr.string(
            doc = "The file's path in the archive; for the provenance.",
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the file in hexadecimal; checked again where it is given.",
        ),
        "version": attr.string(
            doc = "The package's version, for example `2.41-12`.",
            mandatory = True,
        ),
    },
    cfg = base_transition,
    provides = [PyLayerInfo],
)
