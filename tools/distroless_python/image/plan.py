"""Decides which layers an image has and in what order, from what is known of the layer files alone.

Lowest first: Debian packages, each wheel of 1 MiB and more alone, largest first, small wheels binned by a stable hash
of their name (so that adding one does not reshuffle the others), first-party libraries, the application.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import MAX_LAYERS

ALONE = 1 << 20
"""Compressed bytes from which a wheel has a layer of its own."""

_BINS = 4

Group = tuple[int, ...]
"""Indices of layer files that share a layer."""


def plan(
    layers: Sequence[LayerFacts],
    base_layers: int,
    limit: int,
    label: str,
    paths: Callable[[LayerFacts], frozenset[str]],
) -> tuple[Group, ...]:
    """The layers over a base, lowest first.

    Args:
        layers: what is known of the layer files, in any order.
        base_layers: how many the base has.
        limit: most layers of the image, the base's included.
        label: the image, for messages.
        paths: the paths of a layer file, asked only where files share a layer.

    Raises:
        ToolError: the limit cannot be kept.
    """
    groups = _groups(layers, limit - base_layers, paths)
    if base_layers + len(groups) > limit:
        reason = f"it has {base_layers} layers of its base and needs {len(groups)} more; the limit is {limit}"
        raise ToolError(Problem(label, reason, f"raise the limit (up to {MAX_LAYERS}), or use a base of fewer layers"))
    return tuple(groups)


def _groups(layers: Sequence[LayerFacts], room: int, paths: Callable[[LayerFacts], frozenset[str]]) -> list[Group]:
    """As many layers as are of use in `room`; as few as can be if it is too small."""
    indices = sorted(range(len(layers)), key=lambda index: (layers[index].name, layers[index].version, index))
    of_kind = {kind: [i for i in indices if layers[i].layer == kind] for kind in ("deb", "wheel", "files", "app")}
    spare = room - sum(map(bool, of_kind.values()))  # each kind that is there has one layer for sure
    bins = next(
        bins for bins in (_BINS, 2, 1) if bins == 1 or spare >= 2 * bins
    )  # from the room alone, so it is stable
    spare -= bins - 1
    large = [index for index in of_kind["wheel"] if layers[index].blob.size >= ALONE]
    alone = sorted(large, key=lambda index: -layers[index].blob.size)[: max(spare, 0)]
    spare -= len(alone)
    grouped = {"wheel": _binned(layers, [index for index in of_kind["wheel"] if index not in alone], bins, paths)}
    for kind in ("app", "files", "deb"):
        more = len(of_kind[kind]) - 1
        if more <= spare:
            grouped[kind] = [(index,) for index in of_kind[kind]]
            spare -= max(more, 0)
        else:
            grouped[kind] = _binned(layers, of_kind[kind], 1, paths)
    return [*grouped["deb"], *((index,) for index in alone), *grouped["wheel"], *grouped["files"], *grouped["app"]]


def _binned(
    layers: Sequence[LayerFacts],
    indices: Sequence[int],
    bins: int,
    paths: Callable[[LayerFacts], frozenset[str]],
) -> list[Group]:
    """Layer files by the hash of their name; no layer names a path twice, so a file that would goes to another bin."""
    if len(indices) < 2:
        return [tuple(indices)] if indices else []
    groups: list[list[int]] = [[] for _ in range(bins)]
    taken: list[set[str]] = [set() for _ in range(bins)]
    for index in indices:
        own = paths(layers[index])
        first = int.from_bytes(hashlib.sha256(layers[index].name.encode()).digest()[:8], "big") % bins
        for chosen in (*range(first, len(groups)), *range(first), len(groups)):
            if chosen == len(groups):
                groups.append([])
                taken.append(set())
            if not own & taken[chosen]:
                groups[chosen].append(index)
                taken[chosen] |= own
                break
    return [tuple(group) for group in groups if group]
