"""Locks what source distributions are built with: the wheels of their build requirements (PEP 518)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from distroless_python.errors import Collector, ToolError
from distroless_python.lock import wheels
from distroless_python.lock.compile import Request, Runner, compile_lock
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs import requirements
from distroless_python.lock.sources import Sources
from distroless_python.lock.wheels import Builds, Need, Options, Source
from distroless_python.lock.wheels_lock import BuildWheel, LockedBuild, LockedFile, WheelsLock
from distroless_python.sdist.packages import called


@dataclass(frozen=True)
class BuildPlanner:
    """Plans builds; see `wheels.Planner`.

    Attributes:
        source: the package index.
        run: pip-compile.
        versions: of distributions, that are taken where they fit: a lock's that is there.
        pip_options: lines for a requirements file that say where files come from.
        urls: whether the lock says where files were found.
    """

    source: Source
    run: Runner
    versions: dict[str, str] = field(default_factory=dict)
    pip_options: tuple[str, ...] = ()
    urls: bool = False

    def __call__(self, needs: Sequence[Need]) -> Builds:
        if not needs:
            return Builds({}, {})
        print(f"built from source: {', '.join(_told(need) for need in needs)}", file=sys.stderr)
        try:
            return self._plan(needs)
        except ToolError:
            if len(needs) == 1:
                raise
        # One cannot have what another has: each alone.
        problems = Collector()
        found = []
        for need in needs:
            with problems.catching():
                found.append(self._plan([need]))
        problems.raise_if_any()
        return Builds(
            {key: build for builds in found for key, build in builds.of.items()},
            {file: wheel for builds in found for file, wheel in builds.wheels.items()},
        )

    def _plan(self, needs: Sequence[Need]) -> Builds:
        lock = self._lock(needs)
        of: dict[tuple[str, str], LockedBuild] = {}
        used: dict[str, BuildWheel] = {}
        for need in needs:
            for environment in need.environments:
                files = _closure(lock, _names(need, environment), environment.name) if lock else {}
                debs = () if need.facts.pure else need.facts.debs
                named = tuple(sorted({called(environment.release, package) for package in debs}))
                of[need.file, environment.name] = LockedBuild(tuple(sorted(files)), named)
                used.update(files)
        return Builds(of, dict(sorted(used.items())))

    def _lock(self, needs: Sequence[Need]) -> WheelsLock | None:
        lines = sorted({text for need in needs for text in need.facts.build_requires})
        environments = tuple({e.name: e for need in needs for e in need.environments}.values())
        subject = (
            f"what {needs[0].file} is built with" if len(needs) == 1 else f"what these {len(needs)} are built with"
        )
        if not lines:
            return None
        with TemporaryDirectory(prefix="distroless-lock.") as scratch:
            source, output = Path(scratch, "build.in"), Path(scratch, "build.txt")
            source.write_text("".join(f"{line}\n" for line in (*self.pip_options, *lines)), encoding="utf-8")
            output.write_text(_pins(self.versions), encoding="utf-8")
            compile_lock(Request(Sources((source,)), output, environments, title=subject), self.run)
            pins = requirements.read(output, environments)
        return wheels.make_lock(pins, environments, self.source, subject, {}, Options(sdist=False, urls=self.urls))


def known_versions(lock: WheelsLock | None) -> dict[str, str]:
    """The versions of a lock, by distribution: those that builds have, else those that images have."""
    if lock is None:
        return {}
    own = {name: files[0].version for name, files in lock.distributions.items()}
    return {**own, **{wheel.distribution: wheel.version for wheel in lock.build_wheels.values()}}


def _pins(versions: dict[str, str]) -> str:
    """A lock of those versions, without their hashes: they are read anew."""
    return "".join(f"{name}=={version} --hash=sha256:{'0' * 64}\n" for name, version in sorted(versions.items()))


def _names(need: Need, environment: Environment) -> list[str]:
    parsed = [Requirement(text) for text in need.facts.build_requires]
    markers = {**environment.markers, "extra": ""}
    return [canonicalize_name(r.name) for r in parsed if r.marker is None or r.marker.evaluate(markers)]


def _closure(lock: WheelsLock, names: Sequence[str], environment: str) -> dict[str, BuildWheel]:
    """The wheels of distributions and all that they require in an environment, by file name."""
    found: dict[str, BuildWheel] = {}
    queue, seen = list(names), set(names)
    while queue:
        name = queue.pop()
        for file in lock.distributions.get(name, ()):
            if environment in file.environments:
                found[file.file] = _build_wheel(name, file)
                required = [other for other in file.requires.get(environment, ()) if other not in seen]
                seen.update(required)
                queue += required
    return found


def _build_wheel(name: str, file: LockedFile) -> BuildWheel:
    return BuildWheel(name, file.version, file.sha256, file.url)


def _told(need: Need) -> str:
    how = "Python" if need.facts.pure else " and ".join(["a compiler", *need.facts.debs])
    return f"{need.file} (by {how})"
