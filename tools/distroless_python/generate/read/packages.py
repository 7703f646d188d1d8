"""Which folders are packages, and which sources belong to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from distroless_python.errors import Collector
from distroless_python.generate.read.buildfacts import BuildFacts
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.targets import KINDS
from distroless_python.generate.read.walk import Folder


@dataclass
class Package:
    """A folder that has, or gets, a BUILD file.

    Attributes:
        path: the folder's path.
        settings: its settings.
        build: what its BUILD file says.
        build_name: the BUILD file's name; `exists` says whether it is there.
        sources: paths of its `.py` files below the folder, those of absorbed folders included.
        ignored: those among its files that are left out, but are there.
        stubs: paths of its `.pyi` files below the folder.
        folders: the folders whose sources it has, its own first.
        exports: files that a new BUILD file exports: locks that MODULE.bazel names.
        directives: lines that its BUILD file gets.
    """

    path: str
    settings: Settings
    build: BuildFacts
    build_name: str
    exists: bool
    sources: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    stubs: list[str] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    directives: list[str] = field(default_factory=list)

    @property
    def build_path(self) -> str:
        return f"{self.path}/{self.build_name}" if self.path else self.build_name

    @property
    def base_name(self) -> str:
        return self.path.rsplit("/", 1)[-1]


def divide(
    folders: Mapping[str, Folder],
    settings: Mapping[str, Settings],
    builds: Mapping[str, BuildFacts],
    locks: Iterable[tuple[str, str]],
    needed: Collection[str] = (),
) -> dict[str, Package]:
    """The packages of the workspace by their path, parents first.

    Args:
        locks: package and name of files whose labels count, so that their folders have to be packages.
        needed: folders that are packages whether or not they have sources.
    """
    exports: dict[str, list[str]] = {}
    for path, name in sorted(set(locks)):
        exports.setdefault(path, []).append(name)
    packages: dict[str, Package] = {}
    owners: dict[str, str] = {}
    for path, folder in folders.items():
        if path not in settings:
            continue
        mine = settings[path]
        is_named = path in exports and not folder.build
        owner = None if is_named else _absorbing(path, folder, owners, packages, settings, builds)
        if owner is None:
            if not folder.build and not folder.sources and not is_named and path not in needed:
                owners[path] = owners.get(_parent(path), "") if path else path
                continue
            exists = bool(folder.build)
            name = folder.build or mine.build_names[0]
            owner = packages[path] = Package(path, mine, builds.get(path, BuildFacts()), name, exists)
            owner.exports = [] if exists else exports.get(path, [])
        owners[path] = owner.path
        _add(owner, folder, mine)
    return packages


def _absorbing(
    path: str,
    folder: Folder,
    owners: Mapping[str, str],
    packages: Mapping[str, Package],
    settings: Mapping[str, Settings],
    builds: Mapping[str, BuildFacts],
) -> Package | None:
    """The package above that has the sources of a folder without BUILD file, None where it is one of its own."""
    if not path or folder.build:
        return None
    above = packages.get(owners.get(_parent(path), ""))
    if above is None:
        return None
    if settings[path].mode == "project" and above.settings.mode == "project" and above.settings.enabled:
        return above
    prefix = path[len(above.path) :].lstrip("/")
    names = [f"{prefix}/{name}" for name in folder.sources]
    for rule in above.build.rules:
        if above.settings.canonical_kind(rule.kind) in KINDS and rule.srcs.among(names):
            return above
    return None


def _add(package: Package, folder: Folder, settings: Settings) -> None:
    package.folders.append(folder)
    prefix = folder.path[len(package.path) :].lstrip("/")
    for name in folder.sources:
        path = f"{prefix}/{name}" if prefix else name
        if name in settings.ignored_files or settings.is_excluded(folder.join(name)):
            package.ignored.add(path)
        else:
            package.sources.append(path)
    package.stubs += [f"{prefix}/{name}" if prefix else name for name in folder.stubs]


def has_twins(package: Package, problems: Collector) -> bool:
    """Whether two rules have one name, which Bazel refuses; then it is unclear what is meant by it."""
    counts = Counter(rule.name for rule in package.build.rules if rule.name)
    twins = sorted(name for name, count in counts.items() if count > 1)
    if twins:
        reason = f"several rules are called {', '.join(twins)}; it is left as it is"
        problems.add(package.build_path, reason, "give each a name of its own")
    return bool(twins)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
