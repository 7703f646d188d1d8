"""Security updates: a lock with newer packages of some sources only, and which vulnerabilities newer packages fix."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from distroless_python.debian.archive import Package
from distroless_python.debian.versions import sort_key
from distroless_python.documents.debian_lock import Lock, LockedPackage
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats import foreign_json
from distroless_python.lock.debian import resolve

_MOST = 512 << 20  # the tracker's JSON has 60 MB
_REMEDY = "give the JSON of Debian's security tracker, as it publishes it (`tracker/data/json`)"


def source_of(package: LockedPackage) -> str:
    """The source package, which archives have a directory for."""
    return package.path.split("/")[-2]


def only(previous: Lock, newest: Lock, sources: Collection[str], subject: str) -> Lock:
    """The previous lock, with the newest packages of some sources.

    Raises:
        ToolError: the lock has nothing of a source.
    """
    there = {source_of(package) for packages in previous.architectures.values() for package in packages}
    problems = Collector()
    for name in sorted(set(sources) - there):
        problems.add(subject, "nothing in the lock is of this source package", f"name one of: {_listed(there)}", name)
    problems.raise_if_any()
    return dataclasses.replace(
        previous,
        architectures={
            architecture: tuple(_chosen(packages, newest.architectures.get(architecture, ()), sources))
            for architecture, packages in previous.architectures.items()
        },
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _chosen(
    old: Iterable[LockedPackage], new: Iterable[LockedPackage], sources: Collection[str]
) -> Iterator[LockedPackage]:
    by_name = {package.name: package for package in new}
    for package in old:
        yield by_name.get(package.name, package) if source_of(package) in sources else package


def check_needs(updated: Iterable[Package], locked: Iterable[LockedPackage], subject: str, problems: Collector) -> None:
    """Reports what an updated package needs in a newer version than the lock has."""
    versions = {package.name: package for package in locked}
    for package in updated:
        for alternatives in resolve.dependencies(package):
            known = [wanted for wanted in alternatives if wanted.name in versions]
            if not known or any(wanted.accepts(versions[wanted.name].version) for wanted in known):
                continue
            wanted = known[0]
            has = versions[wanted.name]
            reason = f"{package.version} depends on {wanted}, and the lock has {has.version}"
            problems.add(subject, reason, f"add --only {source_of(has)}", package.name)


def read_advisories(path: Path) -> Mapping[str, Any]:
    """Reads the security tracker's JSON: source package to vulnerability to what is known of it.

    Raises:
        ToolError: it cannot be read, or is something else.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error.strerror}", _REMEDY)) from None
    value = foreign_json.parse(data, str(path), _REMEDY) if len(data) <= _MOST else None
    if not isinstance(value, dict) or not all(isinstance(known, dict) for known in value.values()):
        raise ToolError(Problem(str(path), "is not an object of source packages", _REMEDY))
    return value


def fixed(advisories: Mapping[str, Any], codename: str, before: LockedPackage, after: LockedPackage) -> list[str]:
    """The vulnerabilities that a newer package fixes, sorted.

    Args:
        advisories: the tracker's.
        codename: of the release, `trixie`.
        before: what is locked.
        after: what is newer.
    """
    found = []
    for name, known in advisories.get(source_of(after), {}).items():
        release = (known.get("releases") or {}).get(codename) if isinstance(known, dict) else None
        if not isinstance(release, dict) or release.get("status") != "resolved":
            continue
        version = release.get("fixed_version")
        if not isinstance(version, str) or version == "0":
            continue
        if sort_key(before.version) < sort_key(version) <= sort_key(after.version):
            found.append(str(name))
    return sorted(found)
