"""deb_layer: a Debian package becomes a layer, as in distroless."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")

visibility("public")  # loaded by the repositories that the extension makes

DebInfo = provider(
    doc = "A locked Debian package.",
    fields = {
        "archive": "string: the archive that has it, `debian` or `debian-security`.",
        "file": "File: the `.deb`.",
        "package": "string: its name.",
        "path": "string: where it is in the archive.",
        "sha256": "string: the file's SHA-256 in hexadecimal; empty where nobody knows.",
        "version": "string: its version.",
    },
)

def _lay(ctx, deb, exclude = []):
    recipe = {"action": "deb-layer", "archive": deb.archive, "exclude": exclude, "path": deb.path}
    layer = declare_layer(ctx, ctx.label.name, recipe, source = deb.file)
    run_tool(
        ctx,
        command = "deb-layer",
        inputs = [deb.file],
        manifest = new_manifest(
            ctx,
            deb = deb.file.path,
            exclude = exclude,
            label = label_text(ctx.label),
            name = deb.package,
            output = layer_fields(layer),
            sha256 = deb.sha256 or None,
            version = deb.version,
        ),
        message = "Creating layer for Debian package {} {}".format(deb.package, deb.version),
        mnemonic = "DebLayer",
        outputs = layer_files([layer]),
    )
    return [
        deb,
        DefaultInfo(files = depset([layer.layer])),
        PyLayerInfo(layers = depset([layer])),
    ]

def _deb_layer_impl(ctx):
    return _lay(ctx, DebInfo(
        archive = ctx.attr.archive,
        file = ctx.file.deb,
        package = ctx.attr.package,
        path = ctx.attr.path,
        sha256 = ctx.attr.sha256,
        version = ctx.attr.version,
    ))

def _slim_deb_layer_impl(ctx):
    return _lay(ctx, ctx.attr.package[DebInfo], ctx.attr.exclude)

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
    provides = [DebInfo, PyLayerInfo],
)

slim_deb_layer = rule(
    implementation = _slim_deb_layer_impl,
    doc = "The layer of a package without some of its files.",
    attrs = TOOL_ATTRS | {
        "exclude": attr.string_list(
            doc = "Patterns of paths that are left out, as regular expressions.",
            mandatory = True,
        ),
        "package": attr.label(
            doc = "The package's whole layer, which this does not need.",
            mandatory = True,
            providers = [DebInfo],
        ),
    },
    cfg = base_transition,
    provides = [DebInfo, PyLayerInfo],
)
