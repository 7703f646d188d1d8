"""Added Debian packages: their layers, and an ld.so.cache that knows their libraries."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "layer_line", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")

visibility(["//rules/..."])

def added_debs(ctx, base):
    """The layers of the attribute `debs`, and one above them with the linker's cache, for `ctypes.util.find_library`.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS` and `debs`.
        base: PyBaseInfo.

    Returns:
        struct of `packages` and `cache`: lists of struct, as in PyLayerInfo.layers.
    """
    if not ctx.attr.debs:
        return struct(cache = [], packages = [])
    packages = depset(transitive = [deb[PyLayerInfo].layers for deb in ctx.attr.debs], order = "preorder")
    layer = declare_layer(ctx, ctx.label.name + ".ld-cache", {"action": "ld-cache"})
    manifest = new_manifest(
        ctx,
        base = base.contents.path,
        label = label_text(ctx.label),
        output = layer_fields(layer),
        profile = base.profile.path,
    )
    manifest.add_all(packages, map_each = layer_line)
    run_tool(
        ctx,
        command = "ld-cache",
        inputs = [base.profile, base.contents] + [file for package in packages.to_list() for file in (package.facts, package.contents)],
        manifest = manifest,
        message = "Writing ld.so.cache of %{label}",
        mnemonic = "LdCache",
        outputs = layer_files([layer]),
    )
    return struct(cache = [layer], packages = packages.to_list())
