"""Environments: the images and developers' machines that a lock serves.

An environment's name says all: `debian13_amd64` is an image on a known Debian release, `debian13_py314_amd64` one with
a Python that is not Debian's (`distroless.base(interpreters = ...)`), `python3.14_amd64` a Linux machine and
`python3.12_macos_arm64` a Mac with that Python. Its wheel tags and marker values follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms

from distroless_python.debian.releases import RELEASES
from distroless_python.errors import Problem, ToolError

# What a developer's machine is taken to have at least: RHEL 8's glibc; the macOS that numerical wheels are built for.
MACHINE_GLIBC = (2, 28)
MACHINE_MACOS = (14, 0)

_MACHINES = {
    ("linux", "amd64"): "x86_64",
    ("linux", "arm64"): "aarch64",
    ("macos", "amd64"): "x86_64",
    ("macos", "arm64"): "arm64",
}
# The oldest glibc that a manylinux tag may name, and the tags that came before PEP 600 named it.
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}
_LEGACY_MANYLINUX = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_NAME = re.compile(
    r"(?:(?P<release>debian\d+)(?:_py3(?P<minor>\d+))?|python(?P<python>3\.\d+)(?P<macos>_macos)?)"
    r"_(?P<architecture>amd64|arm64)"
)


@dataclass(frozen=True)
class Environment:
    """A Python on a machine.

    Attributes:
        name: as the lock names it.
        python: (major, minor).
        micro: Python's patch version; None where machines differ, and of a Python that is not Debian's.
        architecture: `amd64` or `arm64`.
        os: `linux` or `macos`.
        libc: (2, minor) of glibc; on macOS, the version of macOS.
    """

    name: str
    python: tuple[int, int]
    micro: int | None
    architecture: str
    os: str
    libc: tuple[int, int]

    @property
    def machine(self) -> str:
        return _MACHINES[self.os, self.architecture]

    @property
    def is_image(self) -> bool:
        """Whether it is an image, not a developer's machine."""
        return self.name.startswith("debian")

    @property
    def release(self) -> str:
        """The Debian release of an image."""
        return self.name.partition("_")[0] if self.is_image else ""

    @property
    def python_version(self) -> str:
        return f"{self.python[0]}.{self.python[1]}"

    @property
    def libc_name(self) -> str:
        """As a lock writes it: `glibc 2.41`; empty on macOS."""
        return f"glibc {self.libc[0]}.{self.libc[1]}" if self.os == "linux" else ""

    @property
    def newest_micro(self) -> int:
        """The patch version that Requires-Python is compared with where machines differ: newer than any."""
        return 99 if self.micro is None else self.micro

    @property
    def abi(self) -> str:
        """The ABI tag: until Python 3.7 it said `m`, since pymalloc was a build option."""
        return f"cp{self.python[0]}{self.python[1]}{'m' if self.python < (3, 8) else ''}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags that fit, best first."""
        return tuple(_platforms(self))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The wheel tags that fit, best first."""
        interpreter = f"cp{self.python[0]}{self.python[1]}"
        return (
            *cpython_tags(self.python, [self.abi], self.platforms),
            *compatible_tags(self.python, interpreter, self.platforms),
        )

    @cached_property
    def ranks(self) -> dict[Tag, int]:
        """Each tag's place in `tags`."""
        return {tag: rank for rank, tag in enumerate(self.tags)}

    @property
    def markers(self) -> dict[str, str]:
        """The values of PEP 508's marker variables.

        Where the patch version is not known it is 0, so that a backport for an early patch is in the lock.
        """
        full = f"{self.python_version}.{self.micro or 0}"
        return {
            "implementation_name": "cpython",
            "implementation_version": full,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux" if self.os == "linux" else "Darwin",
            "platform_version": "",
            "python_full_version": full,
            "python_version": self.python_version,
            "sys_platform": "linux" if self.os == "linux" else "darwin",
        }

    def satisfies(self, requires_python: SpecifierSet) -> bool:
        """Whether a distribution with that Requires-Python installs; any patch version where it is not known."""
        return any(
            requires_python.contains(f"{self.python_version}.{micro}") for micro in (self.micro or 0, self.newest_micro)
        )


def parse(name: str) -> Environment:
    """The environment of that name.

    Raises:
        ToolError: it names no known release or Python.
    """
    match = _NAME.fullmatch(name)
    if match and match["python"]:
        major, minor = match["python"].split(".")
        os, least = ("macos", MACHINE_MACOS) if match["macos"] else ("linux", MACHINE_GLIBC)
        return Environment(name, (int(major), int(minor)), None, match["architecture"], os, least)
    if match and match["release"] in RELEASES:
        release = RELEASES[match["release"]]
        major_version, minor_version, micro = map(int, release.python_version.split("."))
        libc = _pair(release.glibc)
        if match["minor"]:
            return Environment(name, (3, int(match["minor"])), None, match["architecture"], "linux", libc)
        return Environment(name, (major_version, minor_version), micro, match["architecture"], "linux", libc)
    raise ToolError(
        Problem(
            name,
            "no known environment",
            f"write RELEASE_ARCHITECTURE, RELEASE one of {', '.join(sorted(RELEASES))}; RELEASE_py3Y_ARCHITECTURE; "
            "pythonX.Y_ARCHITECTURE; or pythonX.Y_macos_ARCHITECTURE; ARCHITECTURE is amd64 or arm64",
        )
    )


def _pair(version: str) -> tuple[int, int]:
    major, minor = map(int, version.split("."))
    return major, minor


def parse_all(names: Iterable[str]) -> tuple[Environment, ...]:
    """The environments of those names, in order, each once; all the unknown ones are reported together."""
    problems: list[Problem] = []
    found: dict[str, Environment] = {}
    for name in names:
        try:
            found[name] = parse(name)
        except ToolError as error:
            problems.extend(error.problems)
    if problems:
        raise ToolError(problems)
    return tuple(found.values())


def _platforms(environment: Environment) -> Iterator[str]:
    machine, (major, minor) = environment.machine, environment.libc
    if environment.os == "macos":
        yield from mac_platforms(environment.libc, machine)
        return
    for glibc in range(minor, _OLDEST_GLIBC[machine] - 1, -1):
        yield f"manylinux_{major}_{glibc}_{machine}"
        if glibc in _LEGACY_MANYLINUX:
            yield f"{_LEGACY_MANYLINUX[glibc]}_{machine}"
    yield f"linux_{machine}"
