"""The files of a source distribution that say what it is, from the archive or from an unpacked folder."""

from __future__ import annotations

import gzip
import os
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.wheel import DAMAGE

_SIZE = 16 << 20
_SOURCE_SIZE = 1 << 20
# What is raised on damaged input; of OSError only what is the archive's fault, not the stream's.
_DAMAGE = (*DAMAGE, gzip.BadGzipFile, tarfile.TarError)
_AT_TOP = ("PKG-INFO", "pyproject.toml", "setup.cfg", "setup.py", "setup.json")
_IN_EGG_INFO = ("requires.txt", "top_level.txt")
SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".hh", ".pxd", ".pyx", ".rs", ".f", ".f90", ".s", ".m", ".go")
"""Suffixes, in lower case, of what a compiler reads."""
ASIDE = re.compile(
    r"(^|/)(tests?|testing|docs?|examples?|samples?|benchmarks?|contrib|vendor(ed)?[\w-]*|third_?party)/", re.IGNORECASE
)
"""Folders that no build compiles, or that bring what they include."""

_INCLUDING = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".hh", ".pyx", ".pxd")
_INCLUDE = re.compile(
    rb"^[ \t]*(?:#[ \t]*include[ \t]*<([^>\n]+)>|cdef extern from [\"']<?([^\"'>]+)>?[\"'])", re.MULTILINE
)


@dataclass(frozen=True)
class Project:
    """A source distribution.

    Attributes:
        names: of every file, below the archive's one folder.
        texts: path to content, of the files that describe the project.
        includes: headers that its sources include.
    """

    names: frozenset[str]
    texts: dict[str, str]
    includes: frozenset[str]

    def text(self, name: str) -> str:
        """A file's content; empty if there is none."""
        return self.texts.get(name, "")

    def egg_info(self, name: str) -> str:
        """A file of the `*.egg-info` that setuptools left; empty if there is none."""
        return next((self.texts[path] for path in sorted(self.texts) if path.endswith(f".egg-info/{name}")), "")


def of_stream(stream: IO[bytes], file: str) -> Project:
    """Reads an archive.

    Raises:
        ToolError: it is not an archive.
        OSError: from the stream.
    """
    try:
        return _project(_zip(stream) if file.endswith(".zip") else _tar(stream))
    except _DAMAGE as error:
        remedy = "the file is broken as published: lock another version, or report it to its authors"
        raise ToolError(Problem(file, f"is not a readable archive: {error}", remedy)) from None


def of_folder(folder: Path) -> Project:
    """Reads an unpacked one."""
    return _project(_folder(folder))


_Member = tuple[str, int, Callable[[], bytes]]
"""Path, size and how to read it."""


def _project(members: Iterator[_Member]) -> Project:
    names: set[str] = set()
    texts: dict[str, str] = {}
    includes: set[bytes] = set()
    for name, size, read in members:
        names.add(name)
        if _described(name) and size <= _SIZE:
            texts[name] = read().decode("utf-8", "replace")
        elif name.lower().endswith(_INCLUDING) and size <= _SOURCE_SIZE and not ASIDE.search(name):
            includes.update(found for pair in _INCLUDE.findall(read()) for found in pair if found)
    return Project(frozenset(names), texts, frozenset(text.strip().decode("utf-8", "replace") for text in includes))


def _described(name: str) -> bool:
    folder, _, base = name.rpartition("/")
    return name in _AT_TOP or (base in _IN_EGG_INFO and folder.endswith(".egg-info"))


def _below(path: str) -> str:
    """A member's path below the archive's one folder."""
    return path.removeprefix("./").partition("/")[2]


def _zip(stream: IO[bytes]) -> Iterator[_Member]:
    with zipfile.ZipFile(stream) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield _below(info.filename), info.file_size, lambda info=info: archive.read(info)  # type: ignore[misc]


def _tar(stream: IO[bytes]) -> Iterator[_Member]:
    with tarfile.open(fileobj=stream, mode="r:*") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content:
                yield _below(member.name), member.size, content.read


def _folder(folder: Path) -> Iterator[_Member]:
    for place, _, files in os.walk(folder):
        for file in files:
            path = Path(place, file)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix(), path.stat().st_size, path.read_bytes
