"""The file `wheels.lock.json`: its model, reading and writing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError
from distroless_python.files import write_json
from distroless_python.formats import foreign_json
from distroless_python.lock.environments import Environment

FORMAT = 1
KIND = "wheels"
COMMAND = "bazel run @rules_distroless_python//tools:lock -- wheels"
RELOCK = f"lock again: {COMMAND}"


@dataclass(frozen=True)
class LockedEnvironment:
    """An environment as the lock states it; see `environments.Environment`."""

    python: str
    architecture: str
    os: str
    libc: str

    @classmethod
    def of(cls, environment: Environment) -> LockedEnvironment:
        return cls(environment.python_version, environment.architecture, environment.os, environment.libc_name)


@dataclass(frozen=True)
class LockedBuild:
    """What an environment's wheel is built with from a source distribution.

    Attributes:
        wheels: file names, keys of `WheelsLock.build_wheels`, with all that they require; sorted.
        debs: Debian packages besides the builder's own; none for pure Python.
    """

    wheels: tuple[str, ...] = ()
    debs: tuple[str, ...] = ()


@dataclass(frozen=True)
class BuildWheel:
    """A wheel that builds need: its distribution, version, SHA-256 in hexadecimal, where it was found if asked for."""

    distribution: str
    version: str
    sha256: str
    url: str = ""


@dataclass(frozen=True)
class LockedFile:
    """A wheel or source distribution, and the environments it serves.

    Attributes:
        version: of the distribution.
        file: file name.
        sha256: in hexadecimal.
        environments: names, sorted.
        requires: by environment, the names it requires there, sorted; environments without any are left out.
        extras: the extras that something asked for, sorted.
        direct: whether a requirements.in names it.
        top_level: importable names; below a namespace package with dots.
        kind: `wheel`, or `sdist`: a wheel has to be built from it.
        url: where it was found, if that was asked for.
        pure: of a source distribution, whether Python alone builds it.
        build: of a source distribution, what it is built with, by environment.
        debs: by release, the Debian packages that an image needs for it besides the base's.
    """

    version: str
    file: str
    sha256: str
    environments: tuple[str, ...]
    requires: dict[str, tuple[str, ...]]
    extras: tuple[str, ...]
    direct: bool
    top_level: tuple[str, ...]
    kind: str = "wheel"
    url: str = ""
    pure: bool = False
    build: dict[str, LockedBuild] = field(default_factory=dict)
    debs: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class WheelsLock:
    """A wheel lock.

    Attributes:
        environments: by name.
        distributions: by normalised name, its files.
        inputs: SHA-256 of each file it was made from, by its path relative to the lock.
        build_wheels: what source distributions are built with, by file name.
        selected: the extras, groups and packages of these that it holds, where that was chosen.
    """

    environments: dict[str, LockedEnvironment]
    distributions: dict[str, tuple[LockedFile, ...]]
    inputs: dict[str, str] = field(default_factory=dict)
    build_wheels: dict[str, BuildWheel] = field(default_factory=dict)
    selected: dict[str, tuple[str, ...]] = field(default_factory=dict)
    format: int = FORMAT
    kind: str = KIND


def read(path: Path) -> WheelsLock:
    """Reads a wheel lock.

    Raises:
        ToolError: it is not a wheel lock of this format.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise ToolError(Problem(str(path), "there is no such file", RELOCK)) from None
    except OSError as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error.strerror}", RELOCK)) from None
    value = foreign_json.parse(data, str(path), RELOCK)
    if not isinstance(value, dict) or value.get("kind") != KIND:
        raise ToolError(Problem(str(path), 'is not a wheel lock: it has no "kind": "wheels"', RELOCK))
    if value.get("format") != FORMAT:
        found = json.dumps(value.get("format"))[:80]
        raise ToolError(Problem(str(path), f"has format {found}, this version reads {FORMAT}", RELOCK, "format"))
    lock: WheelsLock = decode(value, WheelsLock, str(path), remedy=RELOCK)
    return lock


def write(lock: WheelsLock, path: Path) -> None:
    """Writes a wheel lock; what has its default value is left out."""
    write_json(path, encode(lock), pretty=True)


def encode(lock: WheelsLock) -> dict[str, Any]:
    """The lock as it stands in the file."""
    value = asdict(lock)
    if not lock.selected:
        del value["selected"]
    for files in value["distributions"].values():
        for file in files:
            for key, default in (("kind", "wheel"), ("url", ""), ("pure", False), ("build", {}), ("debs", {})):
                if file[key] == default:
                    del file[key]
            for build in file.get("build", {}).values():
                for key in [key for key, names in build.items() if not names]:
                    del build[key]
    for wheel in value["build_wheels"].values():
        if not wheel["url"]:
            del wheel["url"]
    if not value["build_wheels"]:
        del value["build_wheels"]
    return value


def input_digests(paths: Sequence[Path], lock: Path) -> dict[str, str]:
    """SHA-256 of files, by their path relative to the lock's folder."""
    return {
        Path(os.path.relpath(path.resolve(), lock.resolve().parent)).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in paths
    }
