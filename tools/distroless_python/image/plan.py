"""Decides which layers an image has and in what order, from what is known of the layer files alone.

Lowest first: Debian packages, each wheel of 1 MiB and more alone, largest first, small wheels binned by a stable hash
of their name (so that adding one does not reshuffle the others), first-party libraries, the application.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import combinations

from distroless_python.documents.layer_facts import FileFacts, LayerFacts
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import MAX_LAYERS

ALONE = 1 << 20
"""Compressed bytes from which a wheel has a layer of its own."""

_BINS = 4
_SHOWN = 3
_CONFLICT_REMEDY = "keep one of the two, or versions of them that do not share the file"

Group = tuple[int, ...]
"""Indices of layer files that share a layer."""


def plan(layers: Sequence[LayerFacts], base_layers: int, limit: int, label: str) -> tuple[Group, ...]:
    """The layers over a base, lowest first.

    Args:
        layers: what is known of the layer files, in any order.
        base_layers: how many the base has.
        limit: most layers of the image, the base's included.
        label: the image, for messages.

    Raises:
        ToolError: two layer files write different content to one path, or the limit cannot be kept; with all of it.
    """
    problems = Collector()
    check_conflicts(layers, label, problems)
    if limit > MAX_LAYERS:
        problems.add(
            label, f"a limit of {limit} layers is more than Docker's {MAX_LAYERS}", f"write {MAX_LAYERS} or less"
        )
    problems.raise_if_any()
    groups = _groups(layers, limit - base_layers)
    if base_layers + len(groups) > limit:
        reason = f"it has {base_layers} layers of its base and needs {len(groups)} more; the limit is {limit}"
        raise ToolError(Problem(label, reason, f"raise the limit (up to {MAX_LAYERS}), or use a base of fewer layers"))
    return tuple(groups)


def _groups(layers: Sequence[LayerFacts], room: int) -> list[Group]:
    """As many layers as are of use in `room`; as few as can be if it is too small."""
    indices = sorted(range(len(layers)), key=lambda index: (layers[index].name, layers[index].version, index))
    of_kind = {kind: [i for i in indices if layers[i].kind == kind] for kind in ("deb", "wheel", "files", "app")}
    spare = room - sum(map(bool, of_kind.values()))  # each kind that is there has one layer for sure
    bins = next(
        bins for bins in (_BINS, 2, 1) if bins == 1 or spare >= 2 * bins
    )  # from the room alone, so it is stable
    spare -= bins - 1
    large = [index for index in of_kind["wheel"] if layers[index].blob.size >= ALONE]
    alone = sorted(large, key=lambda index: -layers[index].blob.size)[: max(spare, 0)]
    spare -= len(alone)
    grouped = {"wheel": _binned(layers, [index for index in of_kind["wheel"] if index not in alone], bins)}
    for kind in ("app", "files", "deb"):
        more = len(of_kind[kind]) - 1
        if more <= spare:
            grouped[kind] = [(index,) for index in of_kind[kind]]
            spare -= max(more, 0)
        else:
            grouped[kind] = _binned(layers, of_kind[kind], 1)
    return [*grouped["deb"], *((index,) for index in alone), *grouped["wheel"], *grouped["files"], *grouped["app"]]


def _binned(layers: Sequence[LayerFacts], indices: Iterable[int], bins: int) -> list[Group]:
    """Layer files by the hash of their name; no layer names a path twice, so a file that would goes to another bin."""
    groups: list[list[int]] = [[] for _ in range(bins)]
    paths: list[set[str]] = [set() for _ in range(bins)]
    for index in indices:
        own = {file.path for file in layers[index].files}
        first = int.from_bytes(hashlib.sha256(layers[index].name.encode()).digest()[:8], "big") % bins
        for chosen in (*range(first, len(groups)), *range(first), len(groups)):
            if chosen == len(groups):
                groups.append([])
                paths.append(set())
            if not own & paths[chosen]:
                groups[chosen].append(index)
                paths[chosen] |= own
                break
    return [tuple(group) for group in groups if group]


def check_conflicts(layers: Sequence[LayerFacts], label: str, problems: Collector) -> None:
    """Adds every pair of layer files that writes different content to one path.

    A file where the other has a directory counts as different content.
    """
    owners: dict[str, list[tuple[int, FileFacts]]] = {}
    for index, layer in enumerate(layers):
        for file in layer.files:
            owners.setdefault(file.path, []).append((index, file))
    clashes: dict[tuple[int, int], list[str]] = {}
    for path, files in owners.items():
        for (one, left), (other, right) in combinations(files, 2):
            if (left.type, left.sha256, left.target) != (right.type, right.sha256, right.target):
                clashes.setdefault((one, other), []).append(path)
    for index, layer in enumerate(layers):
        for directory in layer.directories:
            for other, _ in owners.get(directory.rstrip("/"), ()):
                clashes.setdefault((min(index, other), max(index, other)), []).append(directory)
    for (one, other), paths in sorted(clashes.items()):
        shown = ", ".join(f"/{path}" for path in sorted(paths)[:_SHOWN])
        more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
        reason = f"{_name(layers[one])} and {_name(layers[other])} write different content to {shown}{more}"
        problems.add(label, reason, _CONFLICT_REMEDY)


def _name(layer: LayerFacts) -> str:
    name = f"{layer.name} {layer.version}".strip()
    return name if layer.label in ("", layer.name) else f"{name} ({layer.label})"
