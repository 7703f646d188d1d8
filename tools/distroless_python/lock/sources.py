"""What a requirements lock is made from: requirements.in files, pyproject.toml and its groups, constraints."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.dependency_groups import DependencyGroupResolver
from packaging.errors import ExceptionGroup
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from distroless_python.errors import Problem, ToolError
from distroless_python.lock.environments import Environment

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PYPROJECT = "pyproject.toml"
_INCLUDE = re.compile(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]*(?P<path>[^\s#]+)")


@dataclass(frozen=True)
class Group:
    """A dependency group (PEP 735) of a pyproject.toml."""

    project: Path
    name: str

    @classmethod
    def parse(cls, text: str, folder: Path = Path()) -> Group:
        """Reads `[PATH:]NAME`, as pip's --group has it; a relative path begins at `folder`."""
        path, _, name = text.rpartition(":")
        return cls(folder / (path or PYPROJECT), name)


@dataclass(frozen=True)
class Sources:
    """The sources of one lock.

    Attributes:
        files: requirements.in files, and pyproject.toml files for their project's dependencies.
        constraints: constraints files.
        extras: optional dependencies of the pyproject.toml that are wanted.
        groups: dependency groups that are wanted.
    """

    files: tuple[Path, ...]
    constraints: tuple[Path, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[Group, ...] = ()


def read_text(path: Path) -> str:
    """Reads a text file.

    Raises:
        ToolError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ToolError(Problem(str(path), f"cannot be read: {reason}", "correct the path")) from None


def read_toml(path: Path) -> dict[str, Any]:
    """Reads a TOML file.

    Raises:
        ToolError: there is none, or it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ToolError(Problem(str(path), f"cannot be read as TOML: {error}", "correct it")) from None


def parse_toml(text: str) -> dict[str, Any]:
    """Decodes TOML of others; nothing where it is not."""
    try:
        return tomllib.loads(text)
    except ValueError:
        return {}


def check_python(project: Path, environments: Iterable[Environment]) -> None:
    """Checks that the project of a pyproject.toml is for the Pythons of all environments.

    Raises:
        ToolError: it is not, or does not say so validly.
    """
    table = read_toml(project).get("project")
    text = table.get("requires-python", "") if isinstance(table, dict) else ""
    try:
        requires = SpecifierSet(text if isinstance(text, str) else "")
    except InvalidSpecifier:
        reason = f"{text!r} is not a valid version specifier"
        raise ToolError(Problem(str(project), reason, 'write for example ">=3.11"', "requires-python")) from None
    names = [f"{e.name} (Python {e.python_version})" for e in environments if not e.satisfies(requires)]
    if names:
        remedy = "choose bases with such a Python, leave these environments out, or change requires-python"
        reason = f"is for Python {text}, which {', '.join(names)} has not"
        raise ToolError(Problem(str(project), reason, remedy, "requires-python"))


def all_files(sources: Sources) -> tuple[Path, ...]:
    """Every file that the sources are made of: those that a requirements file includes too.

    Raises:
        ToolError: one of them cannot be read, all such files together.
    """
    problems: list[Problem] = []
    found: dict[Path, None] = {}
    queue = [
        (path, "") for path in (*sources.files, *sources.constraints, *(group.project for group in sources.groups))
    ]
    while queue:
        path, place = queue.pop(0)
        if path in found:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            problems.append(Problem(str(path), f"cannot be read: {reason}", "correct the path", place))
            continue
        found[path] = None
        if path.suffix != ".toml":
            queue += [(path.parent / name, f"included by {path}") for name in _includes(text) if "://" not in name]
    if problems:
        raise ToolError(problems)
    return tuple(found)


def digest(path: Path) -> str:
    """SHA-256 of what a source says about requirements: of a pyproject.toml, only the tables that do."""
    if path.suffix != ".toml":
        return hashlib.sha256(path.read_bytes()).hexdigest()
    tables = read_toml(path)
    relevant = {name: tables.get(name) for name in ("build-system", "dependency-groups", "project")}
    return hashlib.sha256(json.dumps(relevant, sort_keys=True, default=str).encode()).hexdigest()


def group_requirements(group: Group) -> str:
    """The requirements of a group as a requirements file: pip-tools does not know groups.

    Raises:
        ToolError: there is no pyproject.toml, or it has no such group, or a broken one.
    """
    groups = read_toml(group.project).get("dependency-groups", {})
    try:
        return "".join(f"{requirement}\n" for requirement in DependencyGroupResolver(groups).resolve(group.name))
    except ExceptionGroup as error:
        remedy = f"its groups are: {', '.join(sorted(groups)) or 'none'}"
        raise ToolError(Problem(str(group.project), str(reason), remedy) for reason in error.exceptions) from None


def asked_directly(project: Path) -> dict[str, tuple[str, ...]]:
    """What a project asks for anywhere, optional dependencies and groups included: normalised names with extras."""
    table = read_toml(project) if project.exists() else {}
    metadata, groups = table.get("project", {}), table.get("dependency-groups", {})
    lists = [metadata.get("dependencies", []), *metadata.get("optional-dependencies", {}).values(), *groups.values()]
    found: dict[str, set[str]] = {}
    for text in (text for texts in lists for text in texts if isinstance(text, str)):
        with contextlib.suppress(InvalidRequirement):
            requirement = Requirement(text)
            extras = found.setdefault(canonicalize_name(requirement.name), set())
            extras.update(canonicalize_name(extra) for extra in requirement.extras)
    return {name: tuple(sorted(extras)) for name, extras in found.items()}


def _includes(text: str) -> Iterable[str]:
    return [match["path"] for match in map(_INCLUDE.match, text.splitlines()) if match]
