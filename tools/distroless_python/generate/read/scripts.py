"""Console scripts: the functions that pyproject.toml and setup.cfg give names to, for a shell."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from distroless_python.generate.read.walk import Folder

SCRIPT_FILES = ("pyproject.toml", "setup.cfg")
_TABLE = re.compile(r"^\[(?:project|tool\.poetry)\.scripts\]\s*\n((?:[^\[\n][^\n]*\n|\n)*)", re.MULTILINE)
_LINE = re.compile(r"""^\s*["']?([\w.-]+)["']?\s*=\s*["']([\w.]+)\s*:\s*([\w.]+)\s*(?:\[[^\]]*\])?["']""", re.MULTILINE)


@dataclass(frozen=True)
class Script:
    """A console script.

    Attributes:
        folder: where the file lies that names it; `file`: its path.
        entry_point: `package.module:function`.
        source: the path of the module's source; `root`: the folder that it is imported from.
    """

    folder: str
    file: str
    name: str
    entry_point: str
    source: str
    root: str

    @property
    def module(self) -> str:
        return self.entry_point.partition(":")[0]


def read_scripts(root: Path, folders: Mapping[str, Folder]) -> list[Script]:
    """The console scripts of the workspace whose modules are sources in it."""
    found = []
    for folder in folders.values():
        for file in (name for name in SCRIPT_FILES if name in folder.others):
            try:
                text = (root / folder.join(file)).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            for name, entry_point in named_scripts(file, text):
                place = find_module(entry_point.partition(":")[0], folder.path, folders)
                if place is not None:
                    found.append(Script(folder.path, folder.join(file), name, entry_point, *place))
    return found


def find_module(module: str, folder: str, folders: Mapping[str, Folder]) -> tuple[str, str] | None:
    """The source of a project's module, and the folder that it is imported from: the project's own, `src` or `lib`."""
    parts = module.split(".")
    for root in (_join(folder, "src"), folder, _join(folder, "lib")):
        package = folders.get(_join(root, "/".join(parts[:-1])))
        if package is not None and f"{parts[-1]}.py" in package.sources:
            return package.join(f"{parts[-1]}.py"), root
        package = folders.get(_join(root, "/".join(parts)))
        if package is not None and "__init__.py" in package.sources:
            return package.join("__init__.py"), root
    return None


def named_scripts(file: str, text: str) -> Iterator[tuple[str, str]]:
    """The console scripts that a file names: name and entry point."""
    if file == "pyproject.toml":
        for table in _TABLE.finditer(f"{text}\n"):
            for name, module, function in _LINE.findall(table[1]):
                yield name, f"{module}:{function}"
        return
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    lines = parser.get("options.entry_points", "console_scripts", fallback="")
    for line in lines.splitlines():
        match = re.fullmatch(r"([\w.-]+)\s*=\s*([\w.]+)\s*:\s*([\w.]+)\s*(?:\[.*\])?", line.strip())
        if match:
            yield match[1], f"{match[2]}:{match[3]}"


def _join(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder and path else folder or path
