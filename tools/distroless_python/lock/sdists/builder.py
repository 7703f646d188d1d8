"""The builder's lock: made, or given more packages, where a wheel lock has something to compile."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from distroless_python.documents import debian_lock
from distroless_python.errors import ToolError
from distroless_python.lock.debian import main as main_debian
from distroless_python.lock.wheels_lock import WheelsLock

_BUILDER_TAG = re.compile(r"\.builder\((?P<arguments>[^()]*)\)")
_LOCK = re.compile(r"\block\s*=\s*\"(?:@@?)?//(?P<package>[^:\"]*):(?P<file>[^\"]+)\"")


@dataclass(frozen=True)
class Needed:
    """What builds of one release need: architectures, Debian packages, and for which distributions."""

    architectures: frozenset[str]
    debs: frozenset[str]
    distributions: frozenset[str]


def needed(lock: WheelsLock) -> dict[str, Needed]:
    """What the builders of a lock's images have to have, by release."""
    found: dict[str, list[set[str]]] = defaultdict(lambda: [set(), set(), set()])
    for name, files in lock.distributions.items():
        for file in files:
            for environment, build in file.build.items():
                if not file.pure:
                    release, _, architecture = environment.rpartition("_")
                    architectures, debs, distributions = found[release]
                    architectures.add(architecture)
                    debs.update(build.debs)
                    distributions.add(name)
    return {release: Needed(*map(frozenset, parts)) for release, parts in sorted(found.items())}


def place(release: str, output: Path, module: str, root: Path, named: Mapping[str, Path]) -> Path:
    """Where the builder of a release is locked.

    Args:
        release: for example `debian13`.
        output: the wheel lock; the builder's is beside it if nothing says otherwise.
        module: the text of MODULE.bazel, whose `distroless.builder` tags say so.
        root: the workspace.
        named: what the workspace's pyproject.toml says, by release.
    """
    for tag in _BUILDER_TAG.finditer(module):
        lock = _LOCK.search(tag["arguments"])
        if lock and release in lock["file"]:
            return root / lock["package"] / lock["file"]
    return named.get(release) or output.with_name(f"{release}-builder.lock.json")


def ensure(release: str, output: Path, wanted: Needed) -> None:
    """Writes the builder's lock, if there is none that has what is wanted.

    A package that the release does not have is left out: what a build asks for was read from its sources, which also
    name what they can do without.

    Raises:
        ToolError: it cannot be made.
    """
    there = debian_lock.read(output) if output.exists() else None
    missing = sorted(wanted.debs - set(there.added)) if there else sorted(wanted.debs)
    architectures = sorted(wanted.architectures | set(there.architectures if there else ()))
    if there and not missing and architectures == sorted(there.architectures):
        return
    for_what = ", ".join(sorted(wanted.distributions))
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    shown = Path(os.path.relpath(output, root) if root else output).as_posix()
    command = f"debian --builder --release {release} --output {shown}"
    print(f"{shown}: to build {for_what}: lock {command} {_also(missing)}".rstrip(), file=sys.stderr)
    try:
        _lock(release, output, architectures, missing)
    except ToolError as error:
        absent = [name for name in missing if any(problem.member == name for problem in error.problems)]
        if not absent:
            raise
        print(f"{shown}: {release} has no {', '.join(absent)}: built without", file=sys.stderr)
        _lock(release, output, architectures, [name for name in missing if name not in absent])


def _lock(release: str, output: Path, architectures: Iterable[str], also: Iterable[str]) -> None:
    parser = argparse.ArgumentParser()
    main_debian.add_arguments(parser)
    words = ["--builder", f"--release={release}", f"--output={os.path.abspath(output)}"]
    words += [f"--arch={architecture}" for architecture in architectures] + [f"--also={name}" for name in also]
    main_debian.run(parser.parse_args(words))


def _also(packages: Iterable[str]) -> str:
    return " ".join(["--also", *packages]) if packages else ""
