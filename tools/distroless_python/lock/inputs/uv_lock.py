"""Reads uv.lock: walks from the workspace's projects to what an environment gets, as `uv sync` does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs import places
from distroless_python.lock.inputs.pins import FirstParty, Pin, Pins, Selection
from distroless_python.lock.inputs.uv_model import Dependency, Lock, Package, decode_lock


@dataclass
class _Got:
    """What an environment gets of a package: the extras, and what asked for it."""

    extras: set[str] = field(default_factory=set)
    via: dict[str, None] = field(default_factory=dict)


def read(path: Path, environments: Sequence[Environment], selection: Selection) -> Pins:
    """Reads a uv.lock.

    Args:
        path: the file.
        environments: those that are locked for.
        selection: extras, groups and projects; without projects, the whole workspace.

    Raises:
        ToolError: it is not a uv.lock of this format, does not hold what is selected or is not for an environment, or a
            package that is needed has no file with a hash; all of that together.
    """
    lock = decode_lock(path)
    problems = Collector()
    roots = _roots(lock, selection, problems)
    _check(lock, environments, problems)
    problems.raise_if_any()
    reached = {environment.name: _reach(lock, roots, environment, selection) for environment in environments}
    wanted: dict[tuple[Package, tuple[str, ...]], dict[str, _Got]] = {}
    for environment, packages in reached.items():
        for package, got in packages.items():
            wanted.setdefault((package, tuple(sorted(got.extras))), {})[environment] = got
    order = {package: number for number, package in enumerate(lock.packages)}
    pins: list[Pin] = []
    for (package, extras), by_environment in sorted(wanted.items(), key=lambda item: (order[item[0][0]], item[0][1])):
        if package.project is None:
            via = tuple(sorted({source for got in by_environment.values() for source in got.via}))
            with problems.catching():
                pins.append(_pin(package, extras, frozenset(by_environment), via, path))
    own = {package for package, _ in wanted if package.project is not None}
    projects: list[FirstParty] = []
    for package in sorted(own, key=lambda package: order[package]):
        with problems.catching():
            folder = places.first_party(package.project or ".", path, package.line).folder
            projects.append(FirstParty(package.name, folder))
    problems.raise_if_any()
    return Pins(tuple(pins), (), tuple(projects), (path,))


def _roots(lock: Lock, selection: Selection, problems: Collector) -> tuple[Package, ...]:
    """The projects that are wanted, after checking that what is selected of them is there."""
    members = {member.name: member for member in lock.members}
    for name in selection.packages:
        if name not in members:
            known = f"its projects are: {', '.join(sorted(members)) or 'none'}"
            problems.add(str(lock.path), f"has no project {name}; {known}", "correct --package (packages)")
    roots = tuple(members[name] for name in selection.packages or members if name in members)
    extras = {extra for root in roots for extra in root.extras}
    groups = {group for root in roots for group in root.groups} | set(lock.loose_groups)
    for what, names, known_names in (("extra", selection.extras, extras), ("group", selection.groups, groups)):
        for name in names:
            if name not in known_names:
                known = f"there are: {', '.join(sorted(known_names)) or 'none'}"
                problems.add(str(lock.path), f"has no {what} {name}; {known}", f"correct --{what} ({what}s)")
    return roots


def _check(lock: Lock, environments: Sequence[Environment], problems: Collector) -> None:
    for environment in environments:
        if not environment.satisfies(lock.requires_python):
            reason = f"is for Python {lock.requires_python}, which {environment.name} has not"
            remedy = "change requires-python of the project and run uv lock, or leave the environment out"
            problems.add(str(lock.path), reason, remedy, "requires-python")
        elif lock.supported and not any(_true(marker, environment, frozenset()) for marker in lock.supported):
            reason = f"is not for {environment.name}: none of its supported environments fits"
            remedy = "change `environments` of [tool.uv] and run uv lock, or leave the environment out"
            problems.add(str(lock.path), reason, remedy, "supported-markers")


def _reach(lock: Lock, roots: Sequence[Package], environment: Environment, selection: Selection) -> dict[Package, _Got]:
    """Every package that an environment gets.

    Conditions on conflicting extras and groups are about all that are asked for anywhere, so the walk is made again
    until it finds no more of these.
    """
    active: frozenset[str] = frozenset()
    while True:
        asked: set[str] = set()
        reached = _walk(lock, roots, environment, selection, active, asked)
        if asked <= active:
            return reached
        active |= asked


def _walk(
    lock: Lock,
    roots: Sequence[Package],
    environment: Environment,
    selection: Selection,
    active: frozenset[str],
    asked: set[str],
) -> dict[Package, _Got]:
    """One walk; adds the extras and groups that it comes by to `asked`, as uv's markers name them."""
    reached: dict[Package, _Got] = {}
    queue: list[tuple[Iterable[Dependency], str]] = [(lock.loose, lock.path.name)]
    queue += [(lock.loose_groups.get(group, ()), f"{lock.path.name}:{group}") for group in selection.groups]

    def visit(package: Package, extras: Iterable[str], via: str) -> None:
        known = package in reached
        got = reached.setdefault(package, _Got())
        got.via.setdefault(via)
        source = package.name if package.project is None else f"{package.name} ({lock.path.name})"
        if not known:
            queue.append((package.dependencies, source))
            asked.add(_conflict("project", package.name))
        for extra in extras:
            asked.add(_conflict("extra", package.name, extra))
            if extra not in got.extras:
                got.extras.add(extra)
                queue.append((package.extras.get(extra, ()), source))

    for root in roots:
        visit(root, [extra for extra in selection.extras if extra in root.extras], f"{root.name} ({lock.path.name})")
        for group in selection.groups:
            asked.add(_conflict("group", root.name, group))
            queue.append((root.groups.get(group, ()), f"{lock.path.name}:{group}"))
    while queue:
        dependencies, via = queue.pop()
        for dependency in dependencies:
            if dependency.marker is None or _true(dependency.marker, environment, active):
                for package in _targets(lock, dependency, environment, active):
                    visit(package, dependency.extras, via)
    return reached


def _conflict(kind: str, package: str, *name: str) -> str:
    """uv's name for an extra or group in a marker: `extra-4-site-cpu`."""
    return canonicalize_name("-".join([kind, str(len(package)), package, *name]))


def _targets(lock: Lock, dependency: Dependency, environment: Environment, active: frozenset[str]) -> list[Package]:
    """The package that a dependency means, of several forks the one for the environment."""
    found = [
        package
        for package in lock.packages
        if package.name == dependency.name
        and dependency.version in ("", package.version)
        and (not dependency.source or dependency.source == package.source)
    ]
    if len(found) > 1:
        found = [p for p in found if not p.forks or any(_true(fork, environment, active) for fork in p.forks)]
    return found


def _true(marker: Marker, environment: Environment, extras: frozenset[str]) -> bool:
    values: dict[str, Any] = {**environment.markers, "extras": extras, "dependency_groups": frozenset()}
    return marker.evaluate(values, context="lock_file")


def _pin(package: Package, extras: tuple[str, ...], wanted: frozenset[str], via: tuple[str, ...], path: Path) -> Pin:
    """The pin of a package that is needed.

    Raises:
        ToolError: it has no file that can be locked.
    """
    source = package.source
    if "git" in source:
        reason = f"{package.name} is the Git checkout {places.without_login(source['git'])}, which has no hash"
        remedy = "build its wheel (pip wheel), serve that from a package index or find-links, and name its version"
        raise ToolError(Problem(str(path), reason, remedy, package.line))
    if not package.hashes:
        remedy = "name an index that gives hashes, and run uv lock"
        raise ToolError(Problem(str(path), f"{package.name} has no SHA-256 of a file", remedy, package.line))
    index, url = source.get("registry", ""), source.get("url", "").partition("#")[0]
    index = index if "://" in index else ""  # a folder: pip's find-links has to name it
    for address in (index, url):
        places.check_no_password(address, str(path), package.line)
    version = package.version or places.release_of_file(url or source.get("path", ""), str(path), package.line)[1]
    if url:
        places.release_of_file(url, str(path), package.line)
    return Pin(package.name, version, extras, wanted, package.hashes, via, package.line, index, url)
