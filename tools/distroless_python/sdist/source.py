"""Unpacking a source distribution.

https://packaging.python.org/en/latest/specifications/source-distribution-format/
"""

from __future__ import annotations

import gzip
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, cast

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.tarfiles import UNREADABLE, open_tar

MAX_SIZE = 4 << 30
"""Most bytes of unpacked files."""

_MAX_LINKS = 40  # as Linux, path_resolution(7)
_REMEDY = "lock another version; this file is damaged or hostile"


def unpack(path: str, target: str) -> None:
    """Unpacks the one directory of a source distribution so that its content is in `target`.

    Raises:
        ToolError: it is not a source distribution, is damaged, or a member leaves the directory.
    """
    problems = Collector()
    left = MAX_SIZE
    try:
        for name, mode, size, stream in _zip(path) if path.endswith(".zip") else _tar(path):
            place = _place(name)
            left -= size
            if place is None or left < 0:
                reason = "its name leaves the directory" if place is None else f"more than {MAX_SIZE} bytes unpacked"
                problems.add(path, reason, _REMEDY, name)
                break
            if place:
                _write(os.path.join(target, place), mode, stream)
    except (*UNREADABLE, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise ToolError(Problem(path, f"damaged: {error}", _REMEDY)) from None
    problems.raise_if_any()
    if not os.path.isdir(target):
        raise ToolError(Problem(path, "it is empty", _REMEDY))


def _tar(path: str) -> Iterator[tuple[str, int, int, IO[bytes]]]:
    """Name, permission bits, size and content of each file; a link within the archive stands for its target."""
    with gzip.open(path) as stream, open_tar(cast("IO[bytes]", stream), "r:") as archive:
        members = {member.name: member for member in archive.getmembers()}  # of several of a name, the last counts
        for member in members.values():
            file = _linked(member, members)
            content = archive.extractfile(file) if file else None
            if file and content:
                yield member.name, file.mode, file.size, content


def _linked(member: tarfile.TarInfo, members: Mapping[str, tarfile.TarInfo]) -> tarfile.TarInfo | None:
    """The file that a member is, or leads to; None for a directory, and for a link to nothing: tests may have one."""
    found: tarfile.TarInfo | None = member
    for _ in range(_MAX_LINKS):
        if found is None or found.isreg():
            return found
        if not found.issym() and not found.islnk():
            return None
        directory = posixpath.dirname(found.name) if found.issym() else ""
        found = members.get(posixpath.normpath(posixpath.join(directory, found.linkname)))
    return None


def _zip(path: str) -> Iterator[tuple[str, int, int, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            mode = member.external_attr >> 16
            if not member.is_dir() and not stat.S_ISLNK(mode):
                with archive.open(member) as stream:
                    yield member.filename, mode, member.file_size, stream


def _place(name: str) -> str | None:
    """Where a member goes: below the archive's one directory. "" for that itself, None if it leaves it."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name or "\\" in name:
        return None
    return "/".join(parts[1:])


def _write(path: str, mode: int, stream: IO[bytes]) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        shutil.copyfileobj(stream, file)
        os.fchmod(file.fileno(), 0o755 if mode & 0o111 else 0o644)
