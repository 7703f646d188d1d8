"""Reads what a wheel lock is made from, by its name: uv.lock, pylock.toml, else a requirements file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from packaging.pylock import is_valid_pylock_path

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs import pylock, requirements, uv_lock
from distroless_python.lock.inputs.pins import Pins, Selection

# What other tools' locks are exported by; docs/reference/locks.md says what is lost.
_EXPORTERS = {
    "poetry.lock": "poetry export --format requirements.txt --output requirements_lock.txt",
    "pdm.lock": "pdm export --format pylock --output pylock.toml",
    "Pipfile.lock": "pipenv requirements --hash > requirements_lock.txt",
}
_NO_SELECTION = "extras and groups are chosen when a requirements file is compiled"


def read_input(path: Path, environments: Sequence[Environment], selection: Selection) -> Pins:
    """Reads a file of pins.

    Raises:
        ToolError: it is not one, or does not hold what is selected; see the readers.
    """
    chosen = selection.normalised()
    if path.name in _EXPORTERS:
        remedy = f"run {_EXPORTERS[path.name]} and lock what that writes; run it again when {path.name} changes"
        raise ToolError(Problem(str(path), "is a lock that only its own tool reads", remedy))
    if is_uv_lock(path):
        return uv_lock.read(path, environments, chosen)
    if chosen.packages:
        raise ToolError(Problem(str(path), "has no projects to choose from", "leave out --package (packages)"))
    if is_valid_pylock_path(path):
        return pylock.read(path, environments, chosen)
    if chosen.extras or chosen.groups:
        remedy = f"give extras and groups to `lock compile`, or lock a uv.lock or pylock.toml: {_NO_SELECTION}"
        raise ToolError(Problem(str(path), "is a requirements file: it has no extras and groups", remedy))
    return requirements.read(path, environments)


def is_uv_lock(path: Path) -> bool:
    """Whether uv wrote a file, for a project or for a script (script.py.lock)."""
    return path.name == "uv.lock" or path.name.endswith(".py.lock")


def is_written_by_another_tool(path: Path) -> bool:
    """Whether a lock is not one that `lock compile` writes."""
    return is_uv_lock(path) or is_valid_pylock_path(path)
