"""Where a file's content comes from, in pieces, so that no file has to fit into memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from distroless_python.errors import Problem, ToolError

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 512 << 10
"""Most bytes in one piece."""


class Source:
    """A file's content, readable from any thread and more than once.

    Attributes:
        size: bytes; what `pieces` yields has to add up to it, which the reader checks.
    """

    __slots__ = ("size",)

    size: int

    def pieces(self) -> Iterator[bytes]:
        """The content, at most `PIECE` bytes at a time.

        Raises:
            ToolError: the content is not what it was declared to be.
        """
        raise NotImplementedError

    def read(self) -> bytes:
        """The whole content, for small files."""
        return b"".join(self.pieces())


class DeflatedSource(Source):
    """Content that is there as a raw deflate stream (RFC 1951) too.

    Attributes:
        packed_size: bytes of the stream.
        crc: CRC-32 of the content.
    """

    __slots__ = ()

    packed_size: int
    crc: int

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        """Pieces of the stream, each with the content that it adds.

        Raises:
            ToolError: size, CRC-32 or stream are not what was declared.
        """
        raise NotImplementedError

    def pieces(self) -> Iterator[bytes]:
        return (plain for _, plain in self.pairs())


class BytesSource(Source):
    """Content in memory."""

    __slots__ = ("_data",)

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self._data = data

    def pieces(self) -> Iterator[bytes]:
        return (self._data[start : start + PIECE] for start in range(0, self.size, PIECE))

    def read(self) -> bytes:
        return self._data


class ReplacedStart(Source):
    """Content whose first `cut` bytes are replaced."""

    __slots__ = ("_cut", "_source", "_start")

    def __init__(self, source: Source, cut: int, start: bytes) -> None:
        self.size = source.size - cut + len(start)
        self._source = source
        self._cut = cut
        self._start = start

    def pieces(self) -> Iterator[bytes]:
        yield self._start
        left = self._cut
        for piece in self._source.pieces():
            yield piece[left:]
            left = max(0, left - len(piece))


class FileSource(Source):
    """A file on disk, or `size` bytes of it from `offset` on."""

    __slots__ = ("_offset", "_path")

    def __init__(self, path: Path | str, offset: int = 0, size: int | None = None) -> None:
        self._path = path
        self._offset = offset
        self.size = os.stat(path).st_size - offset if size is None else size

    def pieces(self) -> Iterator[bytes]:
        try:
            with open(self._path, "rb", buffering=0) as file:
                file.seek(self._offset)
                left = self.size
                while left and (data := file.read(min(left, PIECE))):
                    left -= len(data)
                    yield data
        except OSError as error:
            problem = Problem(str(self._path), f"cannot be read: {error.strerror}", "build again")
            raise ToolError(problem) from None
