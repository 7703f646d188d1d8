"""Data files: what a package has of templates, tables, translations and the like goes with its code.

Data belongs to the package that it lies in. The patterns of the settings find most; what a source names by a literal
path, beside it or in a folder around it, is found too.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping
from typing import Optional

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.datafiles import is_data, package_files
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import BINARY, FILEGROUP, LIBRARY, Target, make_label
from distroless_python.generate.read.walk import Folder

_SHORT = 3
"""A name of a folder that is shorter says too little to be taken for a path."""
_NOT_INSTALLED = frozenset(
    (
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".hpp",
        ".in",
        ".ipynb",
        ".map",
        ".md",
        ".po",
        ".pot",
        ".pxd",
        ".pyi",
        ".pyx",
        ".rs",
        ".rst",
    )
)
"""What compilers, translators and readers need of a package, and a program that runs does not."""

Facts = Callable[[str], SourceFacts]


class DataFinder:
    """Gives targets their data."""

    def __init__(
        self,
        packages: Mapping[str, Package],
        plans: Mapping[str, Plan],
        facts: Facts,
        folders: Mapping[str, Folder],
        allowed: Collection[str],
        projects: Collection[str],
    ) -> None:
        """`allowed` are the folders that are not excluded, `projects` those of distributions."""
        self._projects = projects
        self._packages = packages
        self._plans = plans
        self._facts = facts
        self._folders = {path: folder for path, folder in folders.items() if path in allowed}
        boundaries = {path for path, plan in plans.items() if plan.targets or packages[path].exists}
        self._files = {path: package_files(path, self._folders, boundaries) for path in plans}
        self._owners = {self._join(p, name): p for p, names in self._files.items() for name in names}

    def give(self) -> None:
        """Gives every target its data."""
        for path, plan in self._plans.items():
            package = self._packages[path]
            patterns = data_patterns(package, self._files[path])
            patterns += self._package_data(path, patterns)
            for target in self._takers(package, plan) if patterns else ():
                target.data = patterns
        for plan in list(self._plans.values()):
            for target in [t for t in plan.targets if t.sources]:
                for source in target.sources:
                    self._named(target, target.path(source))

    def _package_data(self, path: str, patterns: list[str]) -> list[str]:
        """Patterns of what else lies in the Python packages of a distribution, as its wheel would have it."""
        if not any(not project or f"{path}/".startswith(f"{project}/") for project in self._projects):
            return []
        known = Glob(patterns)
        rest = [file for file in self._files[path] if not known.matches(file)]
        found: dict[str, None] = {}
        for file in rest:
            top = self._python_package(path, file)
            extension = posixpath.splitext(file)[1]
            if top is None or not is_data(file) or extension in _NOT_INSTALLED:
                continue
            pattern = f"{top}**/*{extension}" if extension else file
            plain = all(is_data(other) for other in rest if Glob([pattern]).matches(other))
            found[pattern if plain else file] = None
        return list(found)

    def _python_package(self, path: str, file: str) -> Optional[str]:
        """Where the Python package begins that has a file: a prefix in the Bazel package, empty for all of it."""
        parts = file.split("/")[:-1]
        for length in range(len(parts) + 1):
            folder = self._folders.get("/".join(filter(None, [path, *parts[:length]])))
            if folder is not None and "__init__.py" in folder.sources:
                return "".join(f"{part}/" for part in parts[:length])
        return None

    def _takers(self, package: Package, plan: Plan) -> list[Target]:
        """The library and every program; every target where there is no library, or it is not known which needs it."""
        with_sources = [t for t in plan.targets if t.sources]
        libraries = [t for t in with_sources if t.kind == LIBRARY and t.name != "conftest"]
        if package.settings.mode == "file" or not libraries:
            return with_sources
        named = [t for t in libraries if t.name == package.base_name]
        return [*(named or libraries)[:1], *(t for t in with_sources if t.kind == BINARY)]

    def _named(self, target: Target, path: str) -> None:
        """Adds what a source names by a path."""
        facts = self._facts(path)
        for name in (*facts.django_folders, *facts.data_paths):
            name = name.rstrip("/")
            found = self._around(path, name) if name not in ("", ".", "..") else None
            if found in self._owners:
                self._add_file(target, found, self._owners[found])
            elif found is not None and ("/" in name or len(name) >= _SHORT):
                self._add_folder(target, found)

    def _around(self, path: str, name: str) -> Optional[str]:
        """The data file or folder of a name that is nearest to a source, in its folder or one around it."""
        folder = path.rpartition("/")[0]
        while name.startswith("../"):
            name, folder = name[3:], folder.rpartition("/")[0]
        while True:
            candidate = self._join(folder, name)
            if (candidate in self._owners and is_data(candidate)) or self._is_data_folder(candidate):
                return candidate
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def _add_file(self, target: Target, file: str, owner: str) -> None:
        if owner != target.package:
            return  # Its own package's patterns, or a dependency on its code, bring it.
        name = file[len(owner) :].lstrip("/")
        if not _matched(target, name):
            target.data_files.append(name)

    def _add_folder(self, target: Target, folder: str) -> None:
        owner = self._package_of(folder)
        if owner is None:
            return
        name = folder[len(owner) :].lstrip("/")
        files = [file for file in self._files[owner] if file.startswith(f"{name}/")]
        if owner == target.package:
            if not all(_matched(target, file) for file in files):
                target.data = [*target.data, f"{name}/**"]
        elif files:
            label = self._filegroup(owner, name)
            if label not in target.data_labels:
                target.data_labels.append(label)

    def _filegroup(self, path: str, folder: str) -> str:
        """The label of the `filegroup` of a data folder; it is added where it is not there."""
        package, plan = self._packages[path], self._plans[path]
        name, pattern = folder.replace("/", "_"), f"{folder}/**"
        if not any(target.kind == FILEGROUP and target.name == name for target in plan.targets):
            rule = next((rule for rule in package.build.rules if rule.name == name), None)
            plan.targets.append(Target(path, name, FILEGROUP, [], rule=rule, data=[pattern]))
        return make_label(path, name)

    def _package_of(self, folder: str) -> Optional[str]:
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self._plans:
                return folder if self._plans[folder].targets or self._packages[folder].exists else None
        return None

    def _is_data_folder(self, path: str) -> bool:
        """Whether a folder has files, and neither code nor packages, in it."""
        folder = self._folders.get(path)
        if folder is None or folder.sources or folder.build:
            return False
        below = [folder.join(name) for name in folder.folders]
        return (bool(folder.others) or bool(below)) and all(self._is_data_folder(name) for name in below)

    @staticmethod
    def _join(folder: str, name: str) -> str:
        return f"{folder}/{name}" if folder else name


def leave_to_libraries(plan: Plan, targets: Mapping[str, Target]) -> None:
    """A program that depends on the library with the same data needs to say nothing of it."""
    for target in plan.targets:
        if target.kind == BINARY and target.data:
            needed = [targets[dep] for dep in target.deps if dep in targets]
            if any(other.package == target.package and set(target.data) <= set(other.data) for other in needed):
                target.data = []


def data_patterns(package: Package, files: list[str]) -> list[str]:
    """The patterns of a package's data, of those that the settings name; each matches something.

    Where folders without BUILD files are part of the package, a pattern counts in each of them.
    """
    coded = {folder.path[len(package.path) :].strip("/") for folder in package.folders}
    found: dict[str, None] = {}
    for pattern in package.settings.data:
        own = [file for file in files if Glob([pattern]).matches(file)]
        nested = [file for file in files if Glob([f"**/{pattern}"]).matches(file) and file not in own]
        if "/" not in pattern:
            nested = [file for file in nested if file.rpartition("/")[0] in coded]
        known = Glob(found)
        matched = [file for file in (*own, *nested) if not known.matches(file)]
        if not matched:
            continue
        if "/" in pattern or all(map(is_data, matched)):
            found[f"**/{pattern}" if nested else pattern] = None
        else:
            found.update(dict.fromkeys(filter(is_data, matched)))
    found.update(dict.fromkeys(_inside(package, files, list(found))))
    return list(found)


def _inside(package: Package, files: list[str], patterns: list[str]) -> list[str]:
    """What lies below the code in a package that is itself inside of a folder of data, as `locale/de` is."""
    names = {pattern.partition("/")[0] for pattern in package.settings.data if pattern.endswith("/**")}
    if names.isdisjoint(package.path.split("/")):
        return []
    glob = Glob(patterns)
    rest = [file for file in files if not glob.matches(file) and is_data(file)]
    return sorted({f"{file.partition('/')[0]}/**" if "/" in file else file for file in rest})


def _matched(target: Target, name: str) -> bool:
    return name in target.data_files or Glob(target.data).matches(name)
