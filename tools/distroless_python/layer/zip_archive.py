"""Reads zip files as wheels use them, and takes nothing on trust.

Python's zipfile accepts what a wheel must not have: overlapping members, local headers that contradict the directory,
sizes that lie. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from distroless_python.common.errors import Collector, Problem, ToolError

from .names import files_with_children, printable, unsafe
from .remedies import BUILD_AGAIN, DAMAGED
from .source import PIECE, DeflatedSource, Source

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_READ = 256 << 10

STORED, DEFLATED = 0, 8
METHODS = (STORED, DEFLATED)
ENCRYPTED = 0x1 | 0x40 | 0x2000
_DESCRIPTOR = 0x8
_UTF8 = 0x800
_IN_EXTRA = 0xFFFFFFFF


class Member(NamedTuple):
    """One member of the archive, as the central directory declares it.

    Attributes:
        name: with `/` between its parts.
        mode: Unix mode with file type, 0 where the archive has none.
        offset: where the local header starts.
    """

    name: str
    raw_name: bytes
    method: int
    flags: int
    crc: int
    packed_size: int
    size: int
    mode: int
    offset: int

    @property
    def executable(self) -> bool:
        return bool(self.mode & 0o111)


class ZipArchive:
    """An open zip file whose central directory was read.

    Raises:
        ToolError: the file is no zip, or is truncated. What is wrong with single members is for `check`.
    """

    def __init__(self, path: Path | str, subject: str) -> None:
        self.subject = subject
        try:
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (open as long as its sources are)
        except OSError as error:
            raise ToolError(
                Problem(subject, f"cannot be read: {error.strerror}", "name a file that is there")
            ) from None
        self.size = os.fstat(self._file.fileno()).st_size
        try:
            self.directory_start, directory = self._read_directory()
            self.members = tuple(self._parse(directory))
        except (struct.error, UnicodeDecodeError, _Broken) as error:
            reason = f"not a whole zip file: {error}"
            raise ToolError(Problem(subject, reason, DAMAGED)) from None

    def pread(self, size: int, offset: int) -> bytes:
        return os.pread(self._file.fileno(), size, offset)

    def _read_directory(self) -> tuple[int, bytes]:
        tail_start = max(0, self.size - _END.size - 0xFFFF)
        tail = self.pread(self.size - tail_start, tail_start)
        at = tail.rfind(b"PK\5\6")
        if at < 0:
            raise _Broken("it has no end record, so it was cut short or is something else")
        _, disk, directory_disk, _, count, size, offset, comment = _END.unpack_from(tail, at)
        end = tail_start + at
        if end + _END.size + comment != self.size:
            raise _Broken("its end record is not at its end")
        if (locator_at := at - _END64_LOCATOR.size) >= 0 and tail.startswith(b"PK\6\7", locator_at):
            _, _, end64, _ = _END64_LOCATOR.unpack_from(tail, locator_at)
            signature, *_, disk, directory_disk, _, count, size, offset = _END64.unpack(self.pread(_END64.size, end64))
            if signature != b"PK\6\6":
                raise _Broken("it has no zip64 end record where one is declared")
            end = end64
        if disk or directory_disk:
            raise _Broken("it is one part of several")
        if offset + size != end:
            raise _Broken(
                f"its directory is declared at {offset}, {size} bytes, and does not end where its end record starts"
            )
        if count * _CENTRAL.size > size:
            raise _Broken(f"it declares {count} members in a directory of {size} bytes")
        return offset, self.pread(size, offset)

    def _parse(self, directory: bytes) -> Iterator[Member]:
        at = 0
        while at < len(directory):
            (
                signature,
                made_by,
                _,
                flags,
                method,
                _,
                _,
                crc,
                packed,
                size,
                name_size,
                extra_size,
                comment_size,
                *rest,
            ) = _CENTRAL.unpack_from(directory, at)
            _, _, attributes, offset = rest
            if signature != b"PK\1\2":
                raise _Broken(f"its directory is broken at byte {at}")
            at += _CENTRAL.size
            raw_name = directory[at : at + name_size]
            extra = directory[at + name_size : at + name_size + extra_size]
            at += name_size + extra_size + comment_size
            if at > len(directory):
                raise _Broken("its directory is cut short")
            name = raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
            if _IN_EXTRA in (packed, size, offset):
                size, packed, offset = _zip64(extra, size, packed, offset)
            mode = attributes >> 16 if made_by >> 8 == 3 else 0
            yield Member(name, raw_name, method, flags, crc, packed, size, mode, offset)


class _Broken(Exception):
    """Why the file is no whole zip."""


def _zip64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            values = iter(struct.unpack_from(f"<{length // 8}Q", extra, at + 4))
            try:
                size, packed, offset = (next(values) if v == _IN_EXTRA else v for v in (size, packed, offset))
            except (StopIteration, RuntimeError):
                raise _Broken("a member's zip64 record is cut short") from None
            return size, packed, offset
        at += 4 + length
    return size, packed, offset


def check(archive: ZipArchive, problems: Collector) -> None:
    """Adds what is wrong with the members' declarations: names, types, methods, places."""
    seen: dict[str, Member] = {}
    for member in archive.members:
        for reason, remedy in _member_problems(member):
            problems.add(archive.subject, reason, remedy, printable(member.name))
        if member.name in seen:
            problems.add(
                archive.subject, "there is more than one member of this name", BUILD_AGAIN, printable(member.name)
            )
        seen[member.name] = member
    for file, inside in files_with_children(seen).items():
        reason = f"is a file, and a directory too, for it holds {printable(inside)}"
        problems.add(archive.subject, reason, BUILD_AGAIN, printable(file))
    _check_places(archive, problems)


def _member_problems(member: Member) -> Iterator[tuple[str, str]]:
    if reason := unsafe(member.name[:-1] if member.name.endswith("/") else member.name):
        yield reason, "do not use this wheel: a name like that is an attack or a broken build"
    kind = stat.S_IFMT(member.mode)
    if kind == stat.S_IFLNK:
        yield "is a symbolic link, which wheels cannot have", BUILD_AGAIN
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield f"is neither a file nor a directory (mode {member.mode:o})", BUILD_AGAIN
    if member.flags & ENCRYPTED:
        yield "is encrypted", BUILD_AGAIN
    if member.method not in METHODS:
        yield f"is compressed by method {member.method}; wheels are stored (0) or deflated (8)", BUILD_AGAIN
    if member.method == STORED and member.size != member.packed_size:
        yield f"is stored in {member.packed_size} bytes and declares {member.size}", DAMAGED
    if member.name.endswith("/") and member.size:
        yield f"is a directory that holds {member.size} bytes", BUILD_AGAIN


def _check_places(archive: ZipArchive, problems: Collector) -> None:
    """Members that share bytes are how small zips hold petabytes."""
    end, before = 0, ""
    for member in sorted(archive.members, key=lambda member: member.offset):
        if member.offset < end:
            reason = f"overlaps the member {printable(before)}"
            problems.add(archive.subject, reason, DAMAGED, printable(member.name))
        end = max(end, member.offset + _LOCAL.size + len(member.raw_name) + member.packed_size)
        before = member.name
        if end > archive.directory_start:
            reason = f"its {member.packed_size} bytes from {member.offset} on reach into the zip's directory"
            problems.add(archive.subject, reason, DAMAGED, printable(member.name))
            end = 0


def source(archive: ZipArchive, member: Member) -> Source:
    """The content of a member; everything that was declared of it is checked by whoever reads it to its end."""
    return (DeflatedMember if member.method == DEFLATED else StoredMember)(archive, member)


class _MemberSource(Source):
    def __init__(self, archive: ZipArchive, member: Member) -> None:
        self.size = member.size
        self.packed_size = member.packed_size
        self.crc = member.crc
        self._archive = archive
        self._member = member

    def _raw(self) -> Iterator[bytes]:
        """The bytes in the zip, after the local header was compared with the directory."""
        member = self._member
        head_size = _LOCAL.size + len(member.raw_name)
        block = self._archive.pread(min(head_size + 64 + member.packed_size, _READ), member.offset)
        if len(block) < head_size:
            raise self._error("is cut short")
        signature, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(block)
        if signature != b"PK\3\4":
            raise self._error("there is no member where the zip's directory says")
        if block[_LOCAL.size : head_size] != member.raw_name or name_size != len(member.raw_name):
            raise self._error("has another name in its own header than in the zip's directory")
        known = [(method, member.method)]
        if not flags & _DESCRIPTOR:
            known += [
                (crc, member.crc),
                *((v, m) for v, m in ((packed, member.packed_size), (size, member.size)) if v != _IN_EXTRA),
            ]
        if any(here != there for here, there in known):
            raise self._error("has other sizes, CRC-32 or method in its own header than in the zip's directory")
        start = head_size + extra_size
        block = block[start : start + member.packed_size]
        left = member.packed_size - len(block)
        at = member.offset + start + len(block)
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
        if crc != self.crc:
            raise self._error(f"its content has CRC-32 {crc:08x} where {self.crc:08x} is declared")

    def _error(self, reason: str) -> ToolError:
        return ToolError(Problem(self._archive.subject, reason, DAMAGED, printable(self._member.name)))


class StoredMember(_MemberSource):
    """A member that is not compressed."""

    def pieces(self) -> Iterator[bytes]:
        size = crc = 0
        for piece in self._raw():
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            yield piece
        self._check(size, crc)


class DeflatedMember(_MemberSource, DeflatedSource):
    """A deflated member. Inflating stops at the declared size."""

    def read(self) -> bytes:
        if self.packed_size > _READ or self.size > PIECE:
            return super().read()
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            plain = inflate.decompress(next(self._raw()), self.size + 1)
        except zlib.error:
            return super().read()
        if not inflate.eof or len(plain) != self.size or inflate.unused_data or zlib.crc32(plain) != self.crc:
            return super().read()  # which says what is wrong
        return plain

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
                    raise self._error(f"is no deflate stream: {error}") from None
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
