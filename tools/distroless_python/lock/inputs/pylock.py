"""Reads pylock.toml (PEP 751) of any tool: pip, uv, PDM.

https://packaging.python.org/en/latest/specifications/pylock-toml/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.pylock import (
    Package,
    PackageArchive,
    PackageSdist,
    PackageWheel,
    Pylock,
    PylockUnsupportedVersionError,
    PylockValidationError,
)
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs import places
from distroless_python.lock.inputs.pins import SHA256, FirstParty, Pin, Pins, Selection
from distroless_python.lock.inputs.table_lines import table_lines
from distroless_python.lock.sources import PYPROJECT, asked_directly, read_toml

_RELOCK = "lock again with the tool that wrote it (created-by says which)"


def read(path: Path, environments: Sequence[Environment], selection: Selection) -> Pins:
    """Reads a pylock.toml.

    It does not say which packages the project asks for, nor with which extras; the pyproject.toml beside it does.

    Args:
        path: the file.
        environments: whose markers are evaluated.
        selection: extras and dependency groups; without groups, the file's default groups.

    Raises:
        ToolError: it is not a pylock.toml, or is not for an environment, or has a package without a file that can be
            locked; all such packages together.
    """
    data = read_toml(path)
    try:
        lock = Pylock.from_dict(data)
    except (PylockValidationError, PylockUnsupportedVersionError) as error:
        raise ToolError(Problem(str(path), f"is not a valid pylock.toml: {error}", _RELOCK)) from None
    problems = Collector()
    _check(lock, environments, selection, path, problems)
    lines = table_lines(path, "packages", len(lock.packages))
    dependents = _dependents(lock.packages)
    asked = asked_directly(path.parent / PYPROJECT)
    pins: list[Pin] = []
    projects: list[FirstParty] = []
    for package, line in zip(lock.packages, lines):
        wanted = frozenset(e.name for e in environments if _applies(lock, package, e, selection))
        if not wanted:
            continue
        with problems.catching():
            if package.directory:
                project = places.first_party(package.directory.path, path, line)
                projects.append(FirstParty(package.name, project.folder))
            else:
                pin = _pin(package, wanted, dependents.get(package.name, ()), path, line)
                extras = asked.get(pin.name)
                direct = () if extras is None else (f"{path.name} ({PYPROJECT})",)
                pins.append(replace(pin, extras=extras or (), via=(*direct, *pin.via)))
    problems.raise_if_any()
    return Pins(tuple(pins), (), tuple(projects), (path,))


def _check(
    lock: Pylock, environments: Sequence[Environment], selection: Selection, path: Path, problems: Collector
) -> None:
    """Whether what is wanted of the file is there."""
    for what, wanted, known in (
        ("extra", selection.extras, lock.extras),
        ("dependency group", selection.groups, [*(lock.dependency_groups or []), *(lock.default_groups or [])]),
    ):
        for name in wanted:
            if name not in {str(canonicalize_name(other)) for other in known or []}:
                reason = f"has no {what} {name}; it has: {', '.join(known or []) or 'none'}"
                problems.add(str(path), reason, _RELOCK)
    for environment in environments:
        if lock.requires_python and not environment.satisfies(lock.requires_python):
            reason = f"is for Python {lock.requires_python}, which {environment.name} has not"
            problems.add(str(path), reason, f"{_RELOCK}, for that Python too", "requires-python")
        elif lock.environments and not any(m.evaluate(environment.markers, "requirement") for m in lock.environments):
            reason = f"is not for {environment.name}: none of its environments fits"
            problems.add(str(path), reason, f"{_RELOCK}, for that environment too", "environments")


def _applies(lock: Pylock, package: Package, environment: Environment, selection: Selection) -> bool:
    groups = selection.groups or tuple(map(canonicalize_name, lock.default_groups or []))
    values: Mapping[str, Any] = {
        **environment.markers,
        "extras": frozenset(selection.extras),
        "dependency_groups": frozenset(groups),
    }
    return package.marker is None or package.marker.evaluate(values, context="lock_file")


def _pin(package: Package, wanted: frozenset[str], via: Iterable[str], path: Path, line: str) -> Pin:
    """The pin of a package that has files.

    Raises:
        ToolError: it has none that can be locked.
    """
    if package.vcs:
        reason = f"{package.name} is a {package.vcs.type} checkout, which has no hash"
        remedy = "build its wheel (pip wheel), serve that from a package index or find-links, and lock its version"
        raise ToolError(Problem(str(path), reason, remedy, line))
    archive = package.archive
    files: list[PackageArchive | PackageWheel | PackageSdist] = [archive] if archive else [*(package.wheels or [])]
    files += [package.sdist] if package.sdist else []
    hashes = frozenset(file.hashes["sha256"].lower() for file in files if "sha256" in file.hashes)
    if not hashes or not all(map(SHA256.fullmatch, hashes)):
        raise ToolError(Problem(str(path), f"{package.name} has no SHA-256 of a file", _RELOCK, line))
    url = (archive.url or "") if archive else ""
    if archive and not url:
        reason = (
            f"{package.name} is the file {archive.path}, and Bazel fetches files by pip's configuration or an address"
        )
        remedy = "serve it from a package index or find-links (pip config set global.find-links), and lock its version"
        raise ToolError(Problem(str(path), reason, remedy, line))
    for address in (url, package.index or ""):
        places.check_no_password(address, str(path), line)
    named = url or next((file.url or file.path or "" for file in files), "")
    version = str(package.version or places.release_of_file(named.partition("#")[0], str(path), line)[1])
    return Pin(package.name, version, (), wanted, hashes, tuple(via), line, package.index or "", url.partition("#")[0])


def _dependents(packages: Sequence[Package]) -> dict[str, tuple[str, ...]]:
    """Which packages name another one as a dependency; not every tool writes that."""
    found: dict[str, dict[str, None]] = {}
    for package in packages:
        for dependency in package.dependencies or []:
            name = dependency.get("name")
            if isinstance(name, str):
                found.setdefault(canonicalize_name(name), {})[package.name] = None
    return {name: tuple(sorted(others)) for name, others in found.items()}
