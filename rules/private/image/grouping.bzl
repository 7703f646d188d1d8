"""Which wheels and Debian packages share a layer, in images that have more than an engine takes. Otherwise none does."""

load("//rules/private/actions:join_layers.bzl", "join_layers")

visibility(["//rules/..."])

# Assumed number of layers of a base that was not read yet: distroless' own has about 48.
_UNKNOWN_BASE = 64

def group_layers(ctx, base, packages, wheels, others):
    """The layers of Debian packages and wheels: each its own as long as there is room, so that all images of the workspace share it.

    Where there is not, a group follows from a name and from the base's number of layers, not from the other members. An image with
    one wheel more has the same groups but one. Packages get half of the room at most, and wheels the rest.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS` and `layer_limit`.
        base: PyBaseInfo.
        packages: list of struct, as in PyLayerInfo.layers: added Debian packages.
        wheels: list of struct, as in PyWheelInfo.closure, with layers.
        others: int, how many layers the image has besides.

    Returns:
        struct of `packages` and `wheels`: lists of struct, as in PyLayerInfo.layers.
    """
    single = [(wheel.distribution, wheel.layers[0]) for wheel in wheels if len(wheel.layers) == 1]
    apart = [layer for wheel in wheels if len(wheel.layers) > 1 for layer in wheel.layers]  # too large to be joined
    room = ctx.attr.layer_limit - (base.layers or _UNKNOWN_BASE) - others - len(apart)
    if len(packages) + len(single) <= room:
        return struct(packages = packages, wheels = [layer for wheel in wheels for layer in wheel.layers])
    for_packages = min(len(packages), max(room // 2, 1))
    return struct(
        packages = _grouped(ctx, [(layer.layer.owner.name, layer) for layer in packages], for_packages, "debs"),
        wheels = apart + _grouped(ctx, single, room - for_packages, "group"),
    )

def _grouped(ctx, named, room, word):
    if len(named) <= room:
        return [layer for _, layer in named]
    groups = {}
    for name, layer in named:
        groups.setdefault(hash(name) % max(room, 1), []).append(layer)
    return [
        layers[0] if len(layers) == 1 else join_layers(ctx, "{}.{}{}".format(ctx.label.name, word, number), layers)
        for number, layers in sorted(groups.items())
    ]
