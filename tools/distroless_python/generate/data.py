"""Data files: folders of templates, static files, translations and fixtures that go with a package's code."""

from __future__ import annotations

from collections.abc import Mapping

from .globs import Glob
from .packages import Package
from .targets import LIBRARY, Target
from .walk import Folder


def give_data(package: Package, targets: list[Target], folders: Mapping[str, Folder]) -> None:
    """Gives the patterns that match something to the package's library, or to every target where it has none."""
    if package.settings.mode == "file":
        return
    patterns = [pattern for pattern in package.settings.data if _matches(package, pattern, folders)]
    if not patterns:
        return
    libraries = [t for t in targets if t.kind == LIBRARY and t.sources and not t.testonly]
    named = [t for t in libraries if t.name == package.base_name]
    for target in (named or libraries)[:1] or [t for t in targets if t.sources]:
        target.data = patterns


def _matches(package: Package, pattern: str, folders: Mapping[str, Folder]) -> bool:
    head, separator, _ = pattern.partition("/**")
    if separator:
        path = f"{package.path}/{head}" if package.path else head
        return _is_data(path, folders) and _has_files(path, folders)
    own = folders.get(package.path)
    return own is not None and any(Glob([pattern]).matches(name) for name in own.others)


def _is_data(path: str, folders: Mapping[str, Folder]) -> bool:
    """Whether a folder has neither code nor packages in it."""
    folder = folders.get(path)
    if folder is None or folder.sources or folder.build:
        return False
    return all(_is_data(folder.join(name), folders) for name in folder.folders)


def _has_files(path: str, folders: Mapping[str, Folder]) -> bool:
    folder = folders[path]
    return bool(folder.others) or any(_has_files(folder.join(name), folders) for name in folder.folders)
