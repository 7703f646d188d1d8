"""Data files: folders of templates, static files, translations and fixtures that go with a package's code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Optional

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import FILEGROUP, LIBRARY, Target, make_label
from distroless_python.generate.read.walk import Folder


def give_data(package: Package, targets: list[Target], folders: Mapping[str, Folder]) -> None:
    """Gives the patterns that match something to the package's library, or to every target where it has none."""
    patterns = [pattern for pattern in package.settings.data if _matches(package, pattern, folders)]
    if not patterns:
        return
    libraries = [t for t in targets if t.kind == LIBRARY and t.sources and not t.testonly]
    named = [t for t in libraries if t.name == package.base_name]
    if package.settings.mode == "file":
        named, libraries = [], []  # which file needs them nobody says
    for target in (named or libraries)[:1] or [t for t in targets if t.sources]:
        target.data = patterns


def give_project_data(
    packages: Mapping[str, Package],
    plans: Mapping[str, Plan],
    facts: Callable[[str], SourceFacts],
    folders: Mapping[str, Folder],
) -> None:
    """Folders that Django's settings name may lie above the settings' own package: there they get a `filegroup`."""
    for plan in list(plans.values()):
        for target in plan.targets:
            for source in target.sources:
                path = target.path(source)
                for name in facts(path).django_folders:
                    owner = _folder_above(path, name.rstrip("/"), folders)
                    if owner is not None and owner != target.package and owner in plans:
                        target.data_labels.append(_filegroup(packages[owner], plans[owner], name.rstrip("/")))


def _folder_above(path: str, name: str, folders: Mapping[str, Folder]) -> Optional[str]:
    """The nearest folder around a source that has a data folder of this name."""
    folder = path.rpartition("/")[0]
    while True:
        candidate = f"{folder}/{name}" if folder else name
        if _is_data(candidate, folders) and _has_files(candidate, folders):
            return folder
        if not folder:
            return None
        folder = folder.rpartition("/")[0]


def _filegroup(package: Package, plan: Plan, folder: str) -> str:
    """The label of the `filegroup` of a data folder; it is added where it is not there."""
    name = folder.replace("/", "_")
    pattern = f"{folder}/**"
    if not any(target.kind == FILEGROUP and target.name == name for target in plan.targets):
        rule = next((rule for rule in package.build.rules if rule.name == name), None)
        for target in plan.targets:
            target.data = [p for p in target.data if p != pattern]
        plan.targets.append(Target(package.path, name, FILEGROUP, [], rule=rule, data=[pattern]))
    return make_label(package.path, name)


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
