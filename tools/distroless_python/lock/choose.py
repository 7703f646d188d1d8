"""Which wheel of a release fits an environment, and which come nearest where none does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packaging.tags import Tag
from packaging.utils import BuildTag, InvalidWheelFilename, parse_wheel_filename

from distroless_python.lock.environments import Environment

_CPYTHON = re.compile(r"(?:cp|py)(\d)(\d+)")
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")


@dataclass(frozen=True, order=True)
class Candidate:
    """A file of a release: its name and SHA-256."""

    name: str
    sha256: str

    @property
    def is_wheel(self) -> bool:
        return self.name.endswith(".whl")

    @property
    def tags(self) -> frozenset[Tag]:
        """A wheel's tags; none if the name is not a wheel's."""
        return self._parsed[1]

    @property
    def build(self) -> BuildTag:
        """A wheel's build tag; empty for most."""
        return self._parsed[0]

    @property
    def _parsed(self) -> tuple[BuildTag, frozenset[Tag]]:
        try:
            _, _, build, tags = parse_wheel_filename(self.name)
        except InvalidWheelFilename:
            return (), frozenset()
        return build, tags


def choose(candidates: Iterable[Candidate], environment: Environment) -> Candidate | None:
    """The wheel that fits best, as pip ranks them: by tag, then by the higher build number."""
    fitting = []
    for candidate in candidates:
        ranks = [environment.ranks[tag] for tag in candidate.tags if tag in environment.ranks]
        if ranks:
            fitting.append((-min(ranks), candidate.build, candidate))
    return max(fitting)[2] if fitting else None


def nearest_tags(candidates: Iterable[Candidate], environment: Environment, count: int = 3) -> tuple[str, ...]:
    """The tags of the wheels that come nearest to an environment, nearest first."""
    tags = {tag for candidate in candidates for tag in candidate.tags}
    return tuple(str(tag) for tag in sorted(tags, key=lambda tag: (*_distance(tag, environment), str(tag)))[:count])


def _distance(tag: Tag, environment: Environment) -> tuple[bool, bool, int, int]:
    platform = tag.platform
    system = platform.startswith("macosx" if environment.os == "macos" else ("manylinux", "linux"))
    machine = platform.endswith((environment.machine, "universal2"))
    python = _CPYTHON.fullmatch(tag.interpreter)
    minors = abs(int(python[2]) - environment.python[1]) if python and int(python[1]) == 3 else 100
    if tag.abi == "abi3" and python and int(python[2]) <= environment.python[1]:
        minors = 0
    glibc = _GLIBC.match(platform)
    newer = max(0, int(glibc[2]) - environment.libc[1]) if glibc else 0
    anywhere = platform == "any"
    return not (system or anywhere), not (machine or anywhere), minors, newer
