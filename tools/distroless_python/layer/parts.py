"""Which of its layers each file of a large wheel is in.

Registries take layers up to a limit only, and a layer is uploaded and pulled as a whole. Files stay whole, and what
Python compiles stays in the first layer, with the metadata.
"""

from __future__ import annotations

from collections.abc import Iterable

from distroless_python.formats.source import DeflatedSource
from distroless_python.layer.file import LayerFile

LARGE = 1 << 20
"""Bytes, compressed: smaller files are in the first layer."""


def split(files: Iterable[LayerFile], parts: int) -> tuple[tuple[LayerFile, ...], ...]:
    """The files of each layer; every file is in one.

    The largest file goes where least is so far, then the next. Sizes count as the next power of two, so a release whose
    libraries are a little larger has each in the layer where it was, and one library that changes changes one layer.

    Args:
        files: placed in the image.
        parts: how many layers, 1 or more.
    """
    found: list[list[LayerFile]] = [[] for _ in range(parts)]
    large: list[tuple[int, str, LayerFile]] = []
    for file in files:
        size = _packed(file)
        if parts > 1 and size >= LARGE and not file.is_module:
            large.append((-(1 << size.bit_length()), file.path, file))
        else:
            found[0].append(file)
    filled = [0] * (parts - 1)
    for weight, _, file in sorted(large, key=lambda item: item[:2]):
        number = filled.index(min(filled))
        filled[number] -= weight
        found[number + 1].append(file)
    return tuple(map(tuple, found))


def _packed(file: LayerFile) -> int:
    """The bytes that a file takes in a layer, as far as they are known before it is written."""
    return file.source.packed_size if isinstance(file.source, DeflatedSource) else file.source.size
