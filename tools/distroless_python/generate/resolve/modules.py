"""Where first-party modules are: sources by their dotted name below each root, and the targets that have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import KINDS, LIBRARY, TEST, TESTS, Target
from distroless_python.generate.read.walk import Folder


@dataclass
class Modules:
    """The sources of the workspace as modules. A key is a dotted name with slashes, below the workspace.

    Attributes:
        files: key to the source that is it.
        owners: source to the label of the target that has it.
        rivals: source to the labels of the libraries that have it, where they are several.
        made: key to the label of the target that makes the module (generated sources, protocol buffers).
        folders: keys of the folders with a source somewhere in them.
        native: keys of compiled modules.
        shadowed: pairs of a module and the package of the same name that is imported in its place.
    """

    files: dict[str, str] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    rivals: dict[str, list[str]] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    native: set[str] = field(default_factory=set)
    shadowed: list[tuple[str, str]] = field(default_factory=list)

    def is_package(self, key: str) -> bool:
        """Whether a folder has an `__init__.py`."""
        return self.files.get(key, "").endswith("/__init__.py") or self.files.get(key) == "__init__.py"

    def below(self, folder: str) -> list[str]:
        """The names of what is directly in a folder."""
        return self._children.get(folder, [])

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {}
        for name, parents in self.names.items():
            for parent in parents:
                result.setdefault(parent, []).append(name)
        return result

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """The last part of a key to the folders that have it."""
        result: dict[str, list[str]] = {}
        for key in dict.fromkeys([*self.files, *self.made, *sorted(self.folders)]):
            parent, _, name = key.rpartition("/")
            result.setdefault(name, []).append(parent)
        return result


def index_modules(folders: Mapping[str, Folder], packages: Mapping[str, Package], targets: Iterable[Target]) -> Modules:
    """The modules of a workspace."""
    modules = Modules()
    for path, folder in folders.items():
        for name in folder.native:
            modules.native.add(folder.join(name))
        for name in folder.sources:
            _add_source(modules, path, folder.join(name))
        if folder.sources:
            _add_folder(modules, path)
    _add_owners(modules, targets)
    for package in packages.values():
        _add_ignored(modules, package)
        _add_made(modules, package)
    return modules


def _add_source(modules: Modules, folder: str, path: str) -> None:
    stem = path[: -len(".py")]
    name = stem.rpartition("/")[2]
    if name == "__init__":
        stem = folder
        if stem in modules.files:
            modules.shadowed.append((modules.files[stem], path))
    elif not re.fullmatch(r"\w+", name):  # `0001_initial` is found by a string only
        return
    elif stem in modules.files:
        modules.shadowed.append((path, modules.files[stem]))
        return
    modules.files[stem] = path


def _add_folder(modules: Modules, path: str) -> None:
    while path and path not in modules.folders:
        modules.folders.add(path)
        path = path.rpartition("/")[0]


def _add_owners(modules: Modules, targets: Iterable[Target]) -> None:
    """A source in several targets is its library's; else it is the first's."""
    rank = {LIBRARY: 0, TEST: 2}
    best: dict[str, int] = {}
    for target in targets:
        mine = rank[TEST] if target.kind in TESTS else rank.get(target.kind, 1)
        for source in target.sources:
            if source == "__init__.py" and len(target.sources) > 1 and target.name != "__init__" and _is_beside(target):
                continue
            path = target.path(source)
            if mine == best.get(path) == 0 and not source.endswith("__init__.py"):
                modules.rivals.setdefault(path, [modules.owners[path]]).append(target.label)
            if path not in best or mine < best[path]:
                best[path] = mine
                modules.owners[path] = target.label


def _add_ignored(modules: Modules, package: Package) -> None:
    """Sources that are left out may have a target all the same, by hand."""
    for rule in package.build.rules if package.ignored else ():
        if package.settings.canonical_kind(rule.kind) in KINDS:
            for name in rule.srcs.among(sorted(package.ignored)):
                modules.owners.setdefault(_key(package.path, name), Target(package.path, rule.name, "", []).label)


def _is_beside(target: Target) -> bool:
    """In file mode `__init__.py` may stand beside the one source that the target is named after."""
    return (
        len(target.sources) == 2
        and f"{target.name}.py" in target.sources
        and target.package.rsplit("/", 1)[-1] != target.name
    )


def _add_made(modules: Modules, package: Package) -> None:
    """Modules that rules make: generated sources in a target's `srcs`, and protocol buffers."""
    protos = {rule.name: rule.srcs.names for rule in package.build.rules if rule.kind == "proto_library"}
    outputs = {output for rule in package.build.rules for output in rule.outputs if output.endswith(".py")}
    for rule in package.build.rules:
        label = Target(package.path, rule.name, "", []).label
        if package.settings.canonical_kind(rule.kind) in KINDS:
            for name in rule.srcs.names:
                if name.lstrip(":") in outputs:
                    modules.made.setdefault(_key(package.path, name.lstrip(":")[: -len(".py")]), label)
        elif rule.kind in ("py_proto_library", "py_grpc_library", "python_grpc_library", "python_proto_library"):
            suffixes = ("_pb2_grpc",) if "grpc" in rule.kind else ("_pb2",)
            for dep in (*rule.deps.names, *rule.srcs.names):
                for proto in protos.get(dep.lstrip(":"), ()):
                    stem = proto.rsplit(".", 1)[0].replace("-", "_")
                    for suffix in suffixes:
                        modules.made.setdefault(_key(package.path, stem + suffix), label)


def _key(package: str, stem: str) -> str:
    return f"{package}/{stem}" if package else stem
