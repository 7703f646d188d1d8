"""Added Debian packages: their layers, and an ld.so.cache that knows their libraries."""

load("//rules/private/actions:actions.bzl", "deb_line", "label_text", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")

visibility(["//rules/..."])

def added_debs(ctx, base):
    """The layers of the attribute `debs`; above them one with the linker's cache, for `ctypes.util.find_library`.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS` and `debs`.
        base: PyBaseInfo.

    Returns:
        depset of struct, as in PyLayerInfo.layers.
    """
    if not ctx.attr.debs:
        return depset()
    packages = depset(transitive = [deb[PyLayerInfo].layers for deb in ctx.attr.debs], order = "preorder")
    layer = ctx.actions.declare_file(ctx.label.name + ".ld-cache.layer.tar.gz")
    facts = ctx.actions.declare_file(ctx.label.name + ".ld-cache.layer.json")
    manifest = new_manifest(
        ctx,
        facts = facts.path,
        label = label_text(ctx.label),
        layout = base.layout.path,
        output = layer.path,
        profile = base.profile.path,
    )
    manifest.add_all(packages, map_each = deb_line)
    run_tool(
        ctx,
        command = "ld-cache",
        inputs = depset([base.profile] + [f for p in packages.to_list() for f in (p.layer, p.facts, p.elf)], transitive = [base.files]),
        manifest = manifest,
        message = "Writing ld.so.cache of %{label}",
        mnemonic = "LdCache",
        outputs = [layer, facts],
    )
    cache = depset([struct(elf = None, facts = facts, layer = layer)])
    return depset(transitive = [packages, cache], order = "preorder")
