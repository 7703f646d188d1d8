"""Which wheels share a layer, in images that have more than an engine takes. Otherwise none does."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "layer_line", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")

visibility(["//rules/..."])

# Assumed number of layers of a base that was not read yet: distroless' own has about 48.
_UNKNOWN_BASE = 64

def group_wheels(ctx, base, wheels, others):
    """The layers of wheels: each its own as long as there is room, so that every image of the workspace shares it.

    Where there is not, a wheel's group follows from its name and from the base's number of layers, not from the other wheels:
    an image with one wheel more has the same groups but one.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS` and `layer_limit`.
        base: PyBaseInfo.
        wheels: list of struct, as in PyWheelInfo.closure, with layers.
        others: int, how many layers the image has besides.

    Returns:
        list of struct, as in PyLayerInfo.layers.
    """
    room = ctx.attr.layer_limit - (base.layers or _UNKNOWN_BASE) - others
    if len(wheels) <= room:
        return [wheel.layer for wheel in wheels]
    groups = {}
    for wheel in wheels:
        groups.setdefault(hash(wheel.distribution) % max(room, 1), []).append(wheel.layer)
    return [
        layers[0] if len(layers) == 1 else _group(ctx, layers, number)
        for number, layers in sorted(groups.items())
    ]

def _group(ctx, layers, number):
    group = declare_layer(ctx, "{}.group{}".format(ctx.label.name, number), {
        "action": "layer-group",
        "parts": [layer.facts.path for layer in layers],
    })
    manifest = new_manifest(ctx, label = label_text(ctx.label), output = layer_fields(group))
    manifest.add_all(layers, map_each = layer_line)
    run_tool(
        ctx,
        command = "layer-group",
        inputs = layer_files(layers),
        manifest = manifest,
        message = "Joining layers of %{label}",
        mnemonic = "LayerGroup",
        outputs = layer_files([group]),
    )
    return group
