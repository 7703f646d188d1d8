"""What a lock tells of a source distribution without building it."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from typing import IO

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.wheel import DAMAGE, WheelFacts, parse_metadata

_SIZE = 16 << 20
# What is raised on damaged input; of OSError only what is the archive's fault, not the stream's.
_DAMAGE = (*DAMAGE, gzip.BadGzipFile, tarfile.TarError)


def read(stream: IO[bytes], file: str) -> WheelFacts:
    """Reads a source distribution's facts: its PKG-INFO, and the top-level names that setuptools left in it.

    Requirements that its build computes, and those of metadata before version 2.2, are not there.

    Raises:
        ToolError: it is not an archive, or its PKG-INFO has lines that are not requirements.
        OSError: from the stream.
    """
    try:
        members = dict(_members(stream, file))
        metadata = members.get("PKG-INFO", b"").decode("utf-8", "replace")
    except _DAMAGE as error:
        remedy = "the file is broken as published: lock another version, or report it to its authors"
        raise ToolError(Problem(file, f"is not a readable archive: {error}", remedy)) from None
    return parse_metadata(
        metadata, file, tuple(sorted(members.get("top_level.txt", b"").decode("utf-8", "replace").split()))
    )


def _members(stream: IO[bytes], file: str) -> Iterator[tuple[str, bytes]]:
    """Yields the name and content of NAME-VERSION/PKG-INFO and */*.egg-info/top_level.txt."""
    if file.endswith(".zip"):
        with zipfile.ZipFile(stream) as archive:
            for info in archive.infolist():
                if _wanted(info.filename, info.file_size):
                    yield info.filename.rpartition("/")[2], archive.read(info)
        return
    with tarfile.open(fileobj=stream, mode="r:*") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() and _wanted(member.name, member.size) else None
            if content:
                yield member.name.rpartition("/")[2], content.read()


def _wanted(path: str, size: int) -> bool:
    folder, _, name = path.rpartition("/")
    if name == "top_level.txt":
        return folder.endswith(".egg-info") and size <= _SIZE
    return name == "PKG-INFO" and "/" not in folder and size <= _SIZE
