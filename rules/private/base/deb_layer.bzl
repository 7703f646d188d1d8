"""deb_layer: a Debian package becomes a layer, as distroless lays it."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")

visibility("public")  # loaded by the repositories that the extension makes

def _deb_layer_impl(ctx):
    layer = ctx.actions.declare_file(ctx.label.name + ".layer.tar.gz")
    facts = ctx.actions.declare_file(ctx.label.name + ".layer.json")
    elf = ctx.actions.declare_file(ctx.label.name + ".elf.json")
    run_tool(
        ctx,
        command = "deb-layer",
        inputs = [ctx.file.deb],
        manifest = new_manifest(
            ctx,
            deb = ctx.file.deb.path,
            elf = elf.path,
            facts = facts.path,
            label = label_text(ctx.label),
            name = ctx.attr.package,
            output = layer.path,
            sha256 = ctx.attr.sha256 or None,
            version = ctx.attr.version,
        ),
        message = "Creating layer for Debian package {} {}".format(ctx.attr.package, ctx.attr.version),
        mnemonic = "DebLayer",
        outputs = [layer, facts, elf],
    )
    return [
        DefaultInfo(files = depset([layer])),
        PyLayerInfo(layers = depset([struct(elf = elf, facts = facts, layer = layer, source = ctx.file.deb)])),
    ]

deb_layer = rule(
    implementation = _deb_layer_impl,
    doc = "One layer from one `.deb`: documentation left out, copyright kept, `status.d` metadata for scanners.",
    attrs = TOOL_ATTRS | {
        "deb": attr.label(
            doc = "The `.deb` file.",
            allow_single_file = [".deb"],
            mandatory = True,
        ),
        "package": attr.string(
            doc = "The package's name, for example `libc6`.",
            mandatory = True,
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
