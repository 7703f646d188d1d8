"""What a lock tells of a wheel: its metadata and what can be imported from it."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from email.parser import HeaderParser
from email.policy import compat32
from typing import IO

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.sbom.licences import of_distribution

_REMEDY = "the file is broken as published: lock another version, or report it to its authors"
_MODULES = (".py", ".so", ".pyd", ".pyi")
# What zipfile and the decompressors raise on damaged input.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    ValueError,
    OverflowError,
)
# A legacy namespace package's __init__.py is a line or two; a longer file is a package's own.
_NAMESPACE_INIT_SIZE = 2048
_METADATA_SIZE = 16 << 20
_NAMESPACE_MARKS = (b"pkgutil", b"declare_namespace")


@dataclass(frozen=True)
class WheelFacts:
    """What the lock needs of one wheel.

    Attributes:
        requires_python: which Pythons it is for.
        requires: its Requires-Dist.
        extras: its Provides-Extra, normalised.
        top_level: names that can be imported; below a namespace package with dots.
        licence: what its metadata says of it; empty for nothing.
    """

    requires_python: SpecifierSet
    requires: tuple[Requirement, ...]
    extras: tuple[str, ...]
    top_level: tuple[str, ...]
    licence: str = ""

    def without(self, names: Collection[str]) -> WheelFacts:
        """Without what it requires of those."""
        return replace(self, requires=tuple(r for r in self.requires if canonicalize_name(r.name) not in names))


def read(stream: IO[bytes], file: str) -> WheelFacts:
    """Reads a wheel's facts.

    Args:
        stream: the wheel; only its directory and a few members are read.
        file: its file name, for errors.

    Raises:
        ToolError: it is not a zip file or has no METADATA, or METADATA has lines that are not requirements.
        OSError: from the stream.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return _read(archive, file)
    except DAMAGE as error:
        raise ToolError(Problem(file, f"is not a readable zip file: {error}", _REMEDY)) from None


def _read(archive: zipfile.ZipFile, file: str) -> WheelFacts:
    names = archive.namelist()
    members = [name for name in names if name.count("/") == 1 and name.endswith(".dist-info/METADATA")]
    if len(members) != 1:
        raise ToolError(Problem(file, f"holds {len(members) or 'no'} *.dist-info/METADATA, not one", _REMEDY))
    if archive.getinfo(members[0]).file_size > _METADATA_SIZE:
        raise ToolError(Problem(file, f"is larger than {_METADATA_SIZE >> 20} MiB", _REMEDY, members[0]))
    namespaces = {name.rpartition("/")[0] for name in _namespace_inits(archive)}
    try:
        metadata = archive.read(members[0]).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ToolError(Problem(file, f"is not UTF-8: {error}", _REMEDY, members[0])) from None
    return parse_metadata(metadata, file, top_level(names, namespaces))


def parse_metadata(text: str, file: str, top_level: tuple[str, ...] = ()) -> WheelFacts:
    """Decodes a METADATA file; see `read`."""
    message = HeaderParser(policy=compat32).parsestr(text)
    problems = Collector()
    requires: list[Requirement] = []
    for line in message.get_all("Requires-Dist", []):
        try:
            requires.append(Requirement(line))
        except InvalidRequirement as error:
            problems.add(file, f"Requires-Dist: {line[:80]!r}: {str(error).splitlines()[0]}", _REMEDY, "METADATA")
    python = (message.get("Requires-Python") or "").strip()
    try:
        requires_python = SpecifierSet(python)
    except InvalidSpecifier:
        problems.add(file, f"Requires-Python: {python[:80]!r} is not a valid version specifier", _REMEDY, "METADATA")
    problems.raise_if_any()
    extras = sorted({canonicalize_name(extra) for extra in message.get_all("Provides-Extra", [])})
    licence = ", ".join(found.text for found in of_distribution(message))
    return WheelFacts(requires_python, tuple(requires), tuple(extras), top_level, licence)


def top_level(names: Iterable[str], namespaces: Iterable[str] = ()) -> tuple[str, ...]:
    """The importable names at the top of a wheel's tree.

    Args:
        names: the wheel's members.
        namespaces: folders whose __init__.py only declares a namespace package.

    Returns:
        Sorted names. A folder without `__init__.py` is a namespace package (PEP 420): its contents are named with dots.
    """
    modules = {name for name in map(_installed, names) if name.endswith(_MODULES)}
    packages = {name.rpartition("/")[0] for name in modules if name.rpartition("/")[2].startswith("__init__.")}
    packages -= set(namespaces)
    found: set[str] = set()
    for module in modules:
        parts = module.split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in packages:
                parts = parts[:depth]
                break
        else:
            source = parts[-1].endswith((".py", ".pyi"))  # anything else has its ABI between the dots
            parts[-1] = parts[-1].rpartition(".")[0] if source else parts[-1].partition(".")[0]
            if parts[-1] == "__init__":
                continue
        if all(part.replace("-stubs", "").isidentifier() for part in parts):
            found.add(".".join(parts))
    return tuple(sorted(found))


def _installed(name: str) -> str:
    """A member's path below site-packages; empty if it goes elsewhere."""
    first, _, rest = name.partition("/")
    if first.endswith(".dist-info"):
        return ""
    if first.endswith(".data"):
        scheme, _, rest = rest.partition("/")
        return rest if scheme in ("purelib", "platlib") else ""
    return name


def _namespace_inits(archive: zipfile.ZipFile) -> Iterator[str]:
    """Packages that only declare a namespace, from the top of the tree down."""
    sizes = {_installed(info.filename): info for info in archive.infolist()}
    level = sorted(name for name in sizes if name.count("/") == 1 and name.endswith("/__init__.py"))
    while level:
        declared = [
            name
            for name in level
            if 0 < sizes[name].file_size <= _NAMESPACE_INIT_SIZE
            and any(mark in archive.read(sizes[name]) for mark in _NAMESPACE_MARKS)
        ]
        yield from declared
        folders = tuple(name.rpartition("/")[0] + "/" for name in declared)
        level = sorted(
            name
            for name in sizes
            if name.startswith(folders) and name.endswith("/__init__.py") and name.count("/") == level[0].count("/") + 1
        )
