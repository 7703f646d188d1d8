"""The lock of a base or a builder: which .deb files, in which order. It names no host. See docs/reference/bases.md."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError
from distroless_python.files import write_json
from distroless_python.formats import foreign_json

FORMAT = 1
KIND = "debian"


@dataclass(frozen=True)
class LockedPackage:
    """One .deb file.

    Attributes:
        name: the package.
        version: its Debian version.
        archive: `debian` or `debian-security`.
        path: below the archive, `pool/…`.
        sha256: hex.
        size: bytes.
        group: `static`, `base`, `cc`, `python`, `debug` (of a debug base only), `builder`, or `added`.
        required_by: of group `added` only: those of the lock's `added` whose closure has it.
    """

    name: str
    version: str
    archive: str
    path: str
    sha256: str
    size: int
    group: str
    required_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lock:
    """The lock file; see docs/explanation/architecture.md for an example.

    Attributes:
        added: the packages that were asked for besides the release's own; their closure has group `added`.
        architectures: architecture to its packages, lowest layer first.
        builder: whether wheels are built in it; otherwise it is a base of images.
    """

    release: str
    codename: str
    version_id: str
    python: str
    glibc: str
    end_of_life: str
    archives: dict[str, tuple[str, ...]]
    architectures: dict[str, tuple[LockedPackage, ...]]
    added: tuple[str, ...] = ()
    builder: bool = False
    format: int = field(default=FORMAT)
    kind: str = field(default=KIND)


def command(release: str, output: str, *, builder: bool = False) -> str:
    """The command that makes this lock again, for remedies."""
    kind = "debian --builder" if builder else "debian"
    return f"bazel run @rules_distroless_python//tools:lock -- {kind} --release {release} --output {output}"


def read(path: Path) -> Lock:
    """Reads a lock.

    Raises:
        ToolError: it is not a lock, or one of another format.
    """
    again = f"lock again: {command('debianNN', str(path))}"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ToolError(Problem(str(path), f"cannot be read: {error.strerror}", again)) from None
    value = foreign_json.parse(data, str(path), again)
    if not isinstance(value, dict) or value.get("kind") != KIND or value.get("format") != FORMAT:
        found = {key: value.get(key) for key in ("kind", "format")} if isinstance(value, dict) else type(value).__name__
        raise ToolError(Problem(str(path), f"not a Debian lock of format {FORMAT}: it says {found}", again))
    lock: Lock = decode(value, Lock, str(path), remedy=again)
    return lock


def write(path: Path, lock: Lock) -> None:
    value = dataclasses.asdict(lock)
    if not lock.builder:
        del value["builder"]
    for packages in value["architectures"].values():
        for package in packages:
            if not package["required_by"]:
                del package["required_by"]
    write_json(path, value, pretty=True)
