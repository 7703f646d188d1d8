"""Reads zip files as wheels use them, and takes nothing on trust.

Python's zipfile accepts what a wheel must not have: overlapping members, local headers that contradict the directory,
sizes that lie. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.paths import files_with_children, is_suspicious, printable, unsafe
from distroless_python.formats.remedies import BUILD_AGAIN, DAMAGED
from distroless_python.formats.zip_member import (
    DEFLATED,
    ENCRYPTED,
    LOCAL_SIZE,
    METHODS,
    STORED,
    DeflatedMember,
    OpenZip,
    StoredMember,
    ZipMember,
    codec,
)

if TYPE_CHECKING:
    from pathlib import Path

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
MAX_MEMBERS = 1 << 18
"""The largest wheels have a tenth of this; each costs memory before anything of it is read."""

_MAX_DIRECTORY = 64 << 20

_REGULAR = stat.S_IFREG >> 12
_IN_EXTRA = 0xFFFFFFFF


class ZipArchive:
    """An open zip file whose central directory was read.

    Attributes:
        subject: what messages call it.
        members: in the order of the directory.
        directory_start: where members end.

    Raises:
        ToolError: the file is not a zip, or is truncated. What is wrong with single members is for `check`.
    """

    def __init__(self, path: Path | str, subject: str) -> None:
        self.subject = subject
        try:
            self._zip = OpenZip(path, subject)
        except OSError as error:
            raise ToolError(
                Problem(subject, f"cannot be read: {error.strerror}", "name a file that is there")
            ) from None
        try:
            self.directory_start, directory = self._read_directory()
            self.members = tuple(self._parse(directory))
            if beyond := next((member for member in self.members if member.offset > self.directory_start), None):
                raise _Broken(f"{printable(beyond.name)} is declared at {beyond.offset}, behind all members")
            places = sorted(member.offset for member in self.members)
            self._zip.limits = dict(zip(places, [*places[1:], self.directory_start]))
        except struct.error:
            raise ToolError(Problem(subject, "not a whole zip file: it is cut short", DAMAGED)) from None
        except (UnicodeDecodeError, _Broken) as error:
            raise ToolError(Problem(subject, f"not a whole zip file: {error}", DAMAGED)) from None

    def _read_directory(self) -> tuple[int, bytes]:
        tail_start = max(0, self._zip.size - _END.size - 0xFFFF)
        tail = self._zip.pread(self._zip.size - tail_start, tail_start)
        at = tail.rfind(b"PK\5\6")
        if at < 0:
            raise _Broken("it has no end record, so it was cut short or is something else")
        _, disk, directory_disk, _, count, size, offset, comment = _END.unpack_from(tail, at)
        end = tail_start + at
        if end + _END.size + comment != self._zip.size:
            raise _Broken("its end record is not at its end")
        if (locator_at := at - _END64_LOCATOR.size) >= 0 and tail.startswith(b"PK\6\7", locator_at):
            _, _, end64, _ = _END64_LOCATOR.unpack_from(tail, locator_at)
            if end64 > self._zip.size:
                raise _Broken(f"its zip64 end record is declared at {end64}, behind its end")
            signature, *_, disk, directory_disk, _, count, size, offset = _END64.unpack(
                self._zip.pread(_END64.size, end64)
            )
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
        if size > _MAX_DIRECTORY:
            raise _Broken(f"its directory has {size} bytes; {_MAX_DIRECTORY} are read")
        return offset, self._zip.pread(size, offset)

    def _parse(self, directory: bytes) -> Iterator[ZipMember]:
        at = number = 0
        while at < len(directory):
            if (number := number + 1) > MAX_MEMBERS:
                raise _Broken(f"it has more than {MAX_MEMBERS} members")
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
            name = raw_name.decode(codec(flags))
            if _IN_EXTRA in (packed, size, offset):
                size, packed, offset = _zip64(extra, size, packed, offset)
            mode = attributes >> 16 if made_by >> 8 == 3 else 0
            kind = DeflatedMember if method == DEFLATED else StoredMember
            yield kind(self._zip, name, method, flags, crc, packed, size, mode, offset)


class _Broken(Exception):
    """Why the file is not a whole zip."""


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
    seen: dict[str, ZipMember] = {}
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


def _member_problems(member: ZipMember) -> Iterable[tuple[str, str]]:
    ordinary = member.method == DEFLATED and not member.flags & ENCRYPTED and member.mode >> 12 in (0, _REGULAR)
    return () if ordinary and not is_suspicious(member.name) else _every_problem(member)


def _every_problem(member: ZipMember) -> Iterator[tuple[str, str]]:
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
    members = sorted(archive.members, key=lambda member: member.offset)
    for member, following in zip(members, [*members[1:], None]):
        limit = following.offset if following else archive.directory_start
        if member.offset + LOCAL_SIZE + len(member.raw_name) + member.packed_size > limit:
            what = f"the member {printable(following.name)}" if following else "the zip's directory"
            reason = f"its {member.packed_size} bytes overlap {what}"
            problems.add(archive.subject, reason, DAMAGED, printable(member.name))
