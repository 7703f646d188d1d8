"""Members of a zip: what its directory declares of each, and its content.

Size, CRC-32, local header and deflate stream are checked by reading the content.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.paths import printable
from distroless_python.formats.remedies import DAMAGED
from distroless_python.formats.source import PIECE, DeflatedSource, Source

if TYPE_CHECKING:
    from pathlib import Path

STORED, DEFLATED = 0, 8
METHODS = (STORED, DEFLATED)
ENCRYPTED = 0x1 | 0x40 | 0x2000
LOCAL_SIZE = 30
"""Bytes of a local header before its name."""

_LOCAL = struct.Struct("<4s5H3L2H")
_EXTRA = 64  # more than the extra fields that zip programs write into local headers
_READ = 256 << 10
_DESCRIPTOR = 0x8
_UTF8 = 0x800
_IN_EXTRA = 0xFFFFFFFF


class OpenZip:
    """The bytes of an open zip.

    Attributes:
        subject: what messages call it.
        size: its bytes.
        limits: where the next member starts, by a member's offset; empty until the directory was read.

    Raises:
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path | str, subject: str) -> None:
        self.subject = subject
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (open as long as its members are)
        self._descriptor = self._file.fileno()
        self.size = os.fstat(self._descriptor).st_size
        self.limits: dict[int, int] = {}

    def pread(self, size: int, offset: int) -> bytes:
        """Up to `size` bytes, from any thread."""
        return os.pread(self._descriptor, size, offset)


class ZipMember(Source):
    """One member as the central directory declares it, and its content; nothing of it is read yet.

    Attributes:
        name: with `/` between its parts.
        method: of compression; one that is not in `METHODS` cannot be read.
        flags: general purpose bits.
        crc: CRC-32 of the content.
        packed_size: bytes in the zip.
        mode: Unix mode with file type, 0 where the archive has none.
        offset: where the local header starts.
    """

    __slots__ = ("_zip", "crc", "flags", "method", "mode", "name", "offset", "packed_size")

    def __init__(
        self,
        zip: OpenZip,
        name: str,
        method: int,
        flags: int,
        crc: int,
        packed_size: int,
        size: int,
        mode: int,
        offset: int,
    ) -> None:
        self._zip = zip
        self.name = name
        self.method = method
        self.flags = flags
        self.crc = crc
        self.packed_size = packed_size
        self.size = size
        self.mode = mode
        self.offset = offset

    @property
    def raw_name(self) -> bytes:
        """The name as it stands in the zip."""
        return self.name.encode(codec(self.flags))

    @property
    def executable(self) -> bool:
        return bool(self.mode & 0o111)

    @property
    def is_readable(self) -> bool:
        """Whether its content can be had: it is not encrypted, and compressed as wheels may be."""
        return not self.flags & ENCRYPTED and self.method in METHODS

    def _start(self) -> tuple[bytes, int]:
        """The first bytes in the zip and where they end, after the local header was compared with the directory."""
        raw_name = self.raw_name
        name_end = LOCAL_SIZE + len(raw_name)
        block = self._zip.pread(min(name_end + _EXTRA + self.packed_size, _READ), self.offset)
        if len(block) < name_end:
            raise self._error("is cut short")
        signature, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(block)
        if signature != b"PK\3\4":
            raise self._error("there is no member where the zip's directory says")
        if block[LOCAL_SIZE:name_end] != raw_name or name_size != len(raw_name):
            raise self._error("has another name in its own header than in the zip's directory")
        if method != self.method or not (
            flags & _DESCRIPTOR
            or (crc == self.crc and packed in (self.packed_size, _IN_EXTRA) and size in (self.size, _IN_EXTRA))
        ):
            raise self._error("has other sizes, CRC-32 or method in its own header than in the zip's directory")
        start = name_end + extra_size
        if self.offset + start + self.packed_size > self._zip.limits[self.offset]:
            raise self._error("its bytes overlap the next member")
        if start >= len(block):
            block = self._zip.pread(min(self.packed_size, _READ), self.offset + start)
        else:
            block = block[start : start + self.packed_size]
        return block, self.offset + start + len(block)

    def _raw(self) -> Iterator[bytes]:
        """The bytes in the zip."""
        block, at = self._start()
        left = self.packed_size - len(block)
        yield block
        while left > 0:
            block = self._zip.pread(min(left, _READ), at)
            if not block:
                raise self._error("is cut short")
            left -= len(block)
            at += len(block)
            yield block

    def _check(self, size: int, crc: int) -> None:
        if size != self.size:
            raise self._error(f"declares {self.size} bytes and holds {size if size < self.size else 'more'}")
        if crc != self.crc:
            raise self._error(f"its content has CRC-32 {crc:08x} where {self.crc:08x} is declared")

    def _error(self, reason: str) -> ToolError:
        return ToolError(Problem(self._zip.subject, reason, DAMAGED, printable(self.name)))


class StoredMember(ZipMember):
    """A member that is not compressed."""

    __slots__ = ()

    def pieces(self) -> Iterator[bytes]:
        size = crc = 0
        for piece in self._raw():
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        self._check(size, crc)


class DeflatedMember(ZipMember, DeflatedSource):
    """A deflated member. Inflating stops at the declared size."""

    __slots__ = ()

    def read(self) -> bytes:
        if self.packed_size < _READ - _EXTRA and self.size <= PIECE:  # in one go: most files of a wheel are small
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            block, _ = self._start()
            try:
                plain = inflate.decompress(block, self.size + 1)
            except zlib.error:
                plain = b""
            if inflate.eof and len(plain) == self.size and not inflate.unused_data and zlib.crc32(plain) == self.crc:
                return plain
        return super().read()  # which says what is wrong, if that is why

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        size = crc = 0
        for raw in self._raw():
            rest, packed = raw, raw
            while True:
                limit = min(PIECE, self.size - size + 1)
                try:
                    plain = inflate.decompress(rest, limit)
                except zlib.error as error:
                    raise self._error(f"is not a deflate stream: {error}") from None
                size += len(plain)
                if size > self.size:
                    self._check(size, crc)
                crc = zlib.crc32(plain, crc)
                yield packed, plain
                rest, packed = inflate.unconsumed_tail, b""
                if not rest and (inflate.eof or len(plain) < limit):
                    break
        if not inflate.eof or inflate.unused_data:
            raise self._error("its deflate stream does not end with its bytes")
        self._check(size, crc)


def codec(flags: int) -> str:
    """How a member's name is encoded."""
    return "utf-8" if flags & _UTF8 else "cp437"
