"""What pyproject.toml and setup.cfg say of the workspace's own distributions: name, version, entry points."""

from __future__ import annotations

import configparser
import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.generate.read.walk import Folder

_VERSION = re.compile(r"""^(?:__version__|VERSION|version)\s*(?::\s*\w+\s*)?=\s*["']([^"'\n]+)["']""", re.MULTILINE)
_STATED = re.compile(r"^Version: *(\S+)", re.MULTILINE)
_SCRIPTS = {"scripts": "console_scripts", "gui-scripts": "gui_scripts"}
_UNKNOWN = "0"
_USUAL = ("__init__.py", "_version.py", "version.py", "__about__.py", "__version__.py")


@dataclass(frozen=True)
class Project:
    """A distribution of the workspace.

    Attributes:
        folder: where the file lies that names it; `file`: its path.
        entry_points: groups, each with its lines `name = module:object`.
    """

    folder: str
    file: str
    name: str
    version: str
    entry_points: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_projects(root: Path, folders: Mapping[str, Folder]) -> list[Project]:
    """The distributions of the workspace, one a folder."""
    found = []
    for folder in folders.values():
        project = None
        if "pyproject.toml" in folder.others:
            project = _of_pyproject(root, folder, _toml(_text(root / folder.join("pyproject.toml"))))
        if project is None and "setup.cfg" in folder.others:
            project = _of_setup_cfg(root, folder)
        if project is not None:
            found.append(project)
    return found


def _of_pyproject(root: Path, folder: Folder, document: Mapping[str, Any]) -> Project | None:
    tools = _table(document.get("tool"))
    table, poetry = _table(document.get("project")), _table(tools.get("poetry"))
    name = table.get("name") or poetry.get("name")
    if not isinstance(name, str):
        return None
    version = table.get("version") or poetry.get("version")
    groups = {**_table(poetry.get("plugins")), **_table(table.get("entry-points"))}
    for key, group in _SCRIPTS.items():
        groups.setdefault(group, {**_table(poetry.get(key)), **_table(table.get(key))})
    if not isinstance(version, str):
        hatch = _table(_table(tools.get("hatch")).get("version")).get("path", "")
        dynamic = _table(_table(_table(tools.get("setuptools")).get("dynamic")).get("version"))
        version = _version(root, folder, name, [str(hatch), *_sources(str(dynamic.get("attr", "")))])
    lines = {group: [f"{key} = {value}" for key, value in _table(named).items()] for group, named in groups.items()}
    return Project(folder.path, folder.join("pyproject.toml"), name, version, _frozen(lines))


def _of_setup_cfg(root: Path, folder: Folder) -> Project | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_text(root / folder.join("setup.cfg")))
    except configparser.Error:
        return None
    name = parser.get("metadata", "name", fallback="")
    if not name:
        return None
    version = parser.get("metadata", "version", fallback="")
    if not version or version.startswith(("attr:", "file:")):
        version = _version(root, folder, name, _sources(version.removeprefix("attr:").strip()))
    section = dict(parser["options.entry_points"]) if parser.has_section("options.entry_points") else {}
    groups = {group: [line.strip() for line in text.splitlines() if "=" in line] for group, text in section.items()}
    return Project(folder.path, folder.join("setup.cfg"), name, version, _frozen(groups))


def _version(root: Path, folder: Folder, name: str, places: Iterable[str]) -> str:
    """A version that is computed: what the named sources say, those where it usually is, or a release's PKG-INFO."""
    stated = _STATED.search(_text(root / folder.join("PKG-INFO"))) if "PKG-INFO" in folder.others else None
    if stated:
        return stated[1]
    module = re.sub(r"[-.]+", "_", name).lower()
    for place in [*filter(None, places), *(f"{module}/{file}" for file in _USUAL)]:
        for path in (place, f"src/{place}"):
            found = _VERSION.search(_text(root / folder.join(path)))
            if found:
                return found[1]
    return _UNKNOWN


def _sources(attribute: str) -> list[str]:
    """Where `package.module.attribute` may be."""
    path = attribute.rpartition(".")[0].replace(".", "/")
    return [f"{path}.py", f"{path}/__init__.py"] if path else []


def _frozen(groups: Mapping[str, list[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((group, tuple(lines)) for group, lines in sorted(groups.items()) if lines)


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _toml(text: str) -> Mapping[str, Any]:
    """A TOML document; nothing where it cannot be read, or this Python has no reader."""
    for name in ("tomllib", "tomli"):
        try:
            reader: Any = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return _table(reader.loads(text))
        except reader.TOMLDecodeError:
            return {}
    return {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
