"""A file on its way into a layer: from a wheel, a package or the disk, until its facts are written."""

from __future__ import annotations

from typing import NamedTuple

from distroless_python.formats.source import Source


class LayerFile(NamedTuple):
    """A regular file.

    Attributes:
        path: in the image, without a leading slash; of a distribution's file that is not placed yet, below `scheme`.
        mode: permission bits.
        source: its content.
        hash: of the content, as RECORD writes it; empty if not given.
        origin: what messages call it: a zip's member, a path.
        scheme: `purelib`, `platlib`, `scripts`, `headers` or `data`; empty once it is placed.
        uid: its owner.
        gid: likewise.
    """

    path: str
    mode: int
    source: Source
    hash: str = ""
    origin: str = ""
    scheme: str = ""
    uid: int = 0
    gid: int = 0

    @property
    def is_module(self) -> bool:
        """Whether it is a Python source."""
        return self.path.endswith(".py")
