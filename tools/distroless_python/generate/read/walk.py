"""The tree of a workspace: its folders, with the files that matter.

Links to folders are not followed (Bazel's own `bazel-*` links are of that kind), so no loop can be walked into. Hidden
folders, virtual environments, other workspaces and what `.bazelignore` names are left out.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.errors import Collector
from distroless_python.generate.read.globs import Glob

BUILD_NAMES = ("BUILD.bazel", "BUILD")
_BOUNDARIES = {"MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel", "REPO.bazel", "pyvenv.cfg"}
_LEFT_OUT = {"__pycache__", "node_modules"}
_NATIVE = (".so", ".pyx", ".pyd")


@dataclass
class Folder:
    """A folder of the workspace.

    Attributes:
        path: relative to the workspace, `/` between its parts, empty for the workspace itself.
        sources: names of `.py` files; `stubs`: of `.pyi` files.
        native: names of modules that are compiled (`.so`, `.pyx`).
        build: the name of its BUILD file, empty without.
        others: names of other files.
        folders: names of the folders in it that were walked.
    """

    path: str
    sources: list[str] = field(default_factory=list)
    stubs: list[str] = field(default_factory=list)
    native: list[str] = field(default_factory=list)
    build: str = ""
    others: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def join(self, name: str) -> str:
        """The path of something in this folder."""
        return f"{self.path}/{name}" if self.path else name


def walk_workspace(root: Path, problems: Collector) -> dict[str, Folder]:
    """Every folder by its path, parents before children, in the order of their names."""
    ignored = _bazelignore(root)
    result: dict[str, Folder] = {}
    pending = [""]
    while pending:
        path = pending.pop()
        folder = _read(root, path, problems)
        if folder is None:
            continue
        result[path] = folder
        if ignored.patterns:
            folder.folders = [n for n in folder.folders if not ignored.matches(folder.join(n))]
        pending += [folder.join(name) for name in reversed(folder.folders)]
    for path in list(result):
        folder = result.get(path)
        if folder is not None:
            folder.folders = [name for name in folder.folders if folder.join(name) in result]
    return result


def _read(root: Path, path: str, problems: Collector) -> Folder | None:
    folder = Folder(path)
    try:
        with os.scandir(root / path if path else root) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if path and isinstance(error, FileNotFoundError):
            return None
        problems.add(path or ".", f"the folder cannot be read: {error.strerror}", "allow it to be read, or exclude it")
        return None
    if path and any(entry.name in _BOUNDARIES for entry in found):
        return None
    for entry in found:
        try:
            _take(folder, entry, problems)
        except OSError:
            continue
    return folder


def _take(folder: Folder, entry: os.DirEntry[str], problems: Collector) -> None:
    name = entry.name
    if entry.is_dir(follow_symlinks=False):
        if not name.startswith(".") and name not in _LEFT_OUT:
            folder.folders.append(name)
    elif not name.endswith((".py", ".pyi", *_NATIVE)) and name not in BUILD_NAMES:
        folder.others.append(name)
    elif entry.is_symlink() and not os.path.exists(entry.path):
        _report_link(entry, folder.join(name), problems)
    elif not entry.is_file():
        return
    elif name.endswith(".py"):
        folder.sources.append(name)
    elif name.endswith(".pyi"):
        folder.stubs.append(name)
    elif name in BUILD_NAMES:
        folder.build = max(folder.build, name)
    else:
        folder.native.append(name.split(".")[0])
        folder.others.append(name)


def _report_link(entry: os.DirEntry[str], path: str, problems: Collector) -> None:
    problems.add(path, f"a link that leads nowhere (to {os.readlink(entry.path)!r})", "remove it, or make its target")


def _bazelignore(root: Path) -> Glob:
    """What Bazel itself does not look into."""
    try:
        lines = (root / ".bazelignore").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    paths = [line.strip().strip("/") for line in lines if line.strip() and not line.startswith("#")]
    return Glob(path for path in paths if path)
