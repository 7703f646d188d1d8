"""The locks of a workspace: `[tool.rules_distroless_python]` of its pyproject.toml. See docs/reference/locks.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from distroless_python.decode import decode
from distroless_python.errors import Problem, ToolError
from distroless_python.lock.sources import PYPROJECT, read_toml

_TABLE = "tool.rules_distroless_python"
_REMEDY = "see docs/reference/locks.md of rules_distroless_python for what may stand there"


@dataclass(frozen=True)
class PythonLock:
    """Requirements and their wheels; paths are relative to the workspace.

    Attributes:
        requirements_lock: the requirements lock; or a uv.lock or pylock.toml, which other tools write.
        environments: for these images and machines.
        sources: what it is compiled from; without sources and groups it is written otherwise, and only read here.
        wheels_lock: the wheel lock; empty for none.
        constraints: constraints files.
        extras: optional dependencies of the pyproject.toml among the sources, or of the uv.lock or pylock.toml.
        groups: dependency groups, `[PATH:]NAME`; of a uv.lock or pylock.toml, `NAME`.
        packages: projects of a uv workspace, instead of all.
        sdist: whether source distributions are locked where there is no wheel.
        urls: whether the wheel lock says where files were found.
    """

    requirements_lock: str
    environments: tuple[str, ...]
    sources: tuple[str, ...] = ()
    wheels_lock: str = ""
    constraints: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    sdist: bool = True
    urls: bool = False


@dataclass(frozen=True)
class DebianLock:
    """The lock of a base or a builder.

    Attributes:
        lock: the lock; its path is relative to the workspace.
        release: for example `debian13`.
        architectures: none for those that the lock has, else all.
        add: packages besides its own; none for those that the lock has.
        builder: whether wheels are built in it.
    """

    lock: str
    release: str
    architectures: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    builder: bool = False


@dataclass(frozen=True)
class Workspace:
    """Every lock of a workspace, in the order they are made."""

    python: tuple[PythonLock, ...] = ()
    debian: tuple[DebianLock, ...] = ()


def read(folder: Path) -> Workspace:
    """Reads what a workspace locks.

    Raises:
        ToolError: its pyproject.toml has no such table, or a wrong one.
    """
    path = folder / PYPROJECT
    tools = read_toml(path).get("tool") if path.exists() else None
    table = tools.get("rules_distroless_python") if isinstance(tools, dict) else None
    if table is None:
        reason = f"there is no table [{_TABLE}], which names the locks of the workspace"
        raise ToolError(Problem(str(path), reason, f"add it ({_REMEDY}), or run one of: lock compile, wheels, debian"))
    workspace: Workspace = decode(table, Workspace, str(path), _TABLE, _REMEDY)
    return workspace


def builders(folder: Path) -> dict[str, Path]:
    """The locks of builders that a workspace names, by release; none where it names no locks."""
    try:
        return {debian.release: folder / debian.lock for debian in read(folder).debian if debian.builder}
    except ToolError:
        return {}
