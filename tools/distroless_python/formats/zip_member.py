"""The content of a zip's members: size, CRC-32, local header and deflate stream are checked by reading it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.paths import printable
from distroless_python.formats.remedies import DAMAGED
from distroless_python.formats.source import PIECE, DeflatedSource, Source
from distroless_python.formats.zip_archive import DEFLATED, LOCAL_SIZE, ZipArchive, ZipMember

_LOCAL = struct.Struct("<4s5H3L2H")
_EXTRA = 64  # more than the extra fields that zip programs write into local headers
_READ = 256 << 10
_DESCRIPTOR = 0x8
_IN_EXTRA = 0xFFFFFFFF


def source(archive: ZipArchive, member: ZipMember) -> Source:
    """The content of a member; nothing is read yet."""
    return (DeflatedMember if member.method == DEFLATED else StoredMember)(archive, member)


class _MemberSource(Source):
    __slots__ = ("_archive", "_member")

    def __init__(self, archive: ZipArchive, member: ZipMember) -> None:
        self.size = member.size
        self._archive = archive
        self._member = member

    def _start(self) -> tuple[bytes, int]:
        """The first bytes in the zip and where they end, after the local header was compared with the directory."""
        member = self._member
        raw_name = member.raw_name
        name_end = LOCAL_SIZE + len(raw_name)
        block = self._archive.pread(min(name_end + _EXTRA + member.packed_size, _READ), member.offset)
        if len(block) < name_end:
            raise self._error("is cut short")
        signature, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(block)
        if signature != b"PK\3\4":
            raise self._error("there is no member where the zip's directory says")
        if block[LOCAL_SIZE:name_end] != raw_name or name_size != len(raw_name):
            raise self._error("has another name in its own header than in the zip's directory")
        if method != member.method or not (
            flags & _DESCRIPTOR
            or (crc == member.crc and packed in (member.packed_size, _IN_EXTRA) and size in (member.size, _IN_EXTRA))
        ):
            raise self._error("has other sizes, CRC-32 or method in its own header than in the zip's directory")
        start = name_end + extra_size
        if member.offset + start + member.packed_size > self._archive.limits[member.offset]:
            raise self._error("its bytes overlap the next member")
        if start >= len(block):
            block = self._archive.pread(min(member.packed_size, _READ), member.offset + start)
        else:
            block = block[start : start + member.packed_size]
        return block, member.offset + start + len(block)

    def _raw(self) -> Iterator[bytes]:
        """The bytes in the zip."""
        block, at = self._start()
        left = self._member.packed_size - len(block)
        yield block
        while left > 0:
            block = self._archive.pread(min(left, _READ), at)
            if not block:
                raise self._error("is cut short")
            left -= len(block)
            at += len(block)
            yield block

    def _check(self, size: int, crc: int) -> None:
        if size != self.size:
            raise self._error(f"declares {self.size} bytes and holds {size if size < self.size else 'more'}")
        if crc != self._member.crc:
            raise self._error(f"its content has CRC-32 {crc:08x} where {self._member.crc:08x} is declared")

    def _error(self, reason: str) -> ToolError:
        return ToolError(Problem(self._archive.subject, reason, DAMAGED, printable(self._member.name)))


class StoredMember(_MemberSource):
    """A member that is not compressed."""

    __slots__ = ()

    def pieces(self) -> Iterator[bytes]:
        size = crc = 0
        for piece in self._raw():
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        self._check(size, crc)


class DeflatedMember(_MemberSource, DeflatedSource):
    """A deflated member. Inflating stops at the declared size."""

    __slots__ = ("crc", "packed_size")

    def __init__(self, archive: ZipArchive, member: ZipMember) -> None:
        super().__init__(archive, member)
        self.packed_size = member.packed_size
        self.crc = member.crc

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
