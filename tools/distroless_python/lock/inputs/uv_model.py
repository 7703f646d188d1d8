"""The file uv.lock: its model and how it is read.

The format is uv's own, described at https://docs.astral.sh/uv/concepts/resolution/ and by the files it writes; uv
raises `version` where an older reader would read it wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.inputs.pins import SHA256
from distroless_python.lock.inputs.table_lines import table_lines
from distroless_python.lock.sources import read_toml

_VERSION = 1
_RELOCK = "lock again: uv lock"
# How uv writes a condition on a conflicting extra or group: PEP 508 has no set of extras, PEP 751 has.
_EXTRA = re.compile(r"extra (?P<operator>[=!])= (?P<name>'[^']*'|\"[^\"]*\")")
_PROJECT_SOURCES = ("editable", "virtual", "directory")


@dataclass(frozen=True)
class Dependency:
    """An edge: to a package, by what is written of it, with extras, under a marker."""

    name: str
    version: str
    source: Mapping[str, str]
    extras: tuple[str, ...]
    marker: Marker | None


@dataclass(frozen=True, eq=False)
class Package:
    """A package of the lock; compared by identity, since one name may stand several times, once a fork."""

    name: str
    version: str
    source: Mapping[str, str]
    dependencies: tuple[Dependency, ...]
    extras: Mapping[str, tuple[Dependency, ...]]
    groups: Mapping[str, tuple[Dependency, ...]]
    hashes: frozenset[str]
    forks: tuple[Marker, ...]
    line: str

    @property
    def project(self) -> str | None:
        """The folder of a project of the workspace; None for what is not one."""
        return next((self.source[kind] for kind in _PROJECT_SOURCES if kind in self.source), None)


@dataclass(frozen=True)
class Lock:
    """What uv.lock says."""

    path: Path
    packages: tuple[Package, ...]
    members: tuple[Package, ...]
    loose: tuple[Dependency, ...]
    loose_groups: Mapping[str, tuple[Dependency, ...]]
    requires_python: SpecifierSet
    supported: tuple[Marker, ...]


def decode_lock(path: Path) -> Lock:
    """Decodes the file.

    Raises:
        ToolError: it is not a uv.lock of this format.
    """
    data = read_toml(path)
    version = data.get("version")
    if version != _VERSION:
        reason = f"has version {version!r:.80}, this reads {_VERSION}" if "version" in data else "has no version"
        remedy = "use a newer rules_distroless_python, or lock what `uv export --format pylock.toml` writes"
        raise ToolError(Problem(str(path), f"is not a uv.lock that can be read: it {reason}", remedy, "version"))
    try:
        return _decode_lock(data, path)
    except (KeyError, TypeError, AttributeError, ValueError, InvalidMarker, InvalidSpecifier) as error:
        what = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        raise ToolError(Problem(str(path), f"is not a uv.lock that can be read: {what}", _RELOCK)) from None


def _decode_lock(data: Mapping[str, Any], path: Path) -> Lock:
    tables = data.get("package", [])
    packages = tuple(_package(table, line) for table, line in zip(tables, table_lines(path, "package", len(tables))))
    manifest = data.get("manifest", {})
    names = [canonicalize_name(name) for name in manifest.get("members", [])]
    members = tuple(p for p in packages if p.project is not None and (p.name in names or (not names and _is_root(p))))
    sections = manifest.get("dependency-groups", {})
    groups = {str(canonicalize_name(name)): _requirements(rows) for name, rows in sections.items()}
    supported = tuple(_marker(text) for text in data.get("supported-markers", []))
    requires_python = SpecifierSet("" + data.get("requires-python", ""))  # a list of specifiers would be taken as one
    loose = _requirements(manifest.get("requirements", []))
    return Lock(path, packages, members, loose, groups, requires_python, supported)


def _is_root(package: Package) -> bool:
    return package.project in (".", "")


def _package(table: Mapping[str, Any], line: str) -> Package:
    files = [*table.get("wheels", []), *([table["sdist"]] if "sdist" in table else [])]
    digests = [file.get("hash", "").partition(":") for file in files]
    return Package(
        canonicalize_name(table["name"]),
        str(table.get("version", "")),
        {str(key): str(value) for key, value in table.get("source", {}).items()},
        tuple(map(_dependency, table.get("dependencies", []))),
        _sections(table.get("optional-dependencies", {})),
        _sections(table.get("dev-dependencies", {})),
        frozenset(digest for kind, _, digest in digests if kind == "sha256" and SHA256.fullmatch(digest)),
        tuple(map(_marker, table.get("resolution-markers", []))),
        line,
    )


def _sections(tables: Mapping[str, Any]) -> dict[str, tuple[Dependency, ...]]:
    return {canonicalize_name(name): tuple(map(_dependency, rows)) for name, rows in tables.items()}


def _dependency(row: Mapping[str, Any]) -> Dependency:
    extras = row.get("extra", row.get("extras", []))
    return Dependency(
        canonicalize_name(row["name"]),
        str(row.get("version", "")),
        {str(key): str(value) for key, value in row.get("source", {}).items()},
        tuple(canonicalize_name(extra) for extra in extras),
        _marker(row["marker"]) if row.get("marker") else None,
    )


def _requirements(rows: Sequence[Mapping[str, Any]]) -> tuple[Dependency, ...]:
    """Requirements of the manifest: they name a specifier, not the version that was found."""
    return tuple(
        _dependency({key: row[key] for key in ("name", "extra", "extras", "marker") if key in row}) for row in rows
    )


def _marker(text: str) -> Marker:
    def as_set(match: re.Match[str]) -> str:
        return f"{match['name']} {'' if match['operator'] == '=' else 'not '}in extras"

    return Marker(_EXTRA.sub(as_set, text))
