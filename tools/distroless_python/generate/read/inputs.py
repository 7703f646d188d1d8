"""Everything a run starts from: the workspace's folders, BUILD files, settings, hubs and packages."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from distroless_python.errors import Collector
from distroless_python.generate.read.buildfacts import BuildFacts
from distroless_python.generate.read.cache import Cache, digest, digest_of
from distroless_python.generate.read.commands import command_files
from distroless_python.generate.read.directives import apply_directives
from distroless_python.generate.read.gazelle_manifest import read_manifest
from distroless_python.generate.read.hubs import Hubs, read_hubs
from distroless_python.generate.read.packages import Package, divide
from distroless_python.generate.read.projects import Project, read_projects
from distroless_python.generate.read.scripts import Script, read_scripts
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.sources import read_texts
from distroless_python.generate.read.walk import Folder, walk_workspace
from distroless_python.generate.read.workspace import Workspace, read_workspace
from distroless_python.progress import Progress


@dataclass
class Inputs:
    """What is there before anything is decided.

    Attributes:
        texts: a package's path to the text of its BUILD file.
        broken: packages whose BUILD file cannot be read.
        configuration: the files that say what is known of other modules: MODULE.bazel, locks and manifests.
        scripts: the console scripts of the workspace; `projects`: its distributions.
    """

    root: Path
    workspace: Workspace
    folders: dict[str, Folder]
    texts: dict[str, str]
    broken: set[str]
    settings: dict[str, Settings]
    hubs: Hubs
    manifests: dict[str, Hubs]
    builds: dict[str, BuildFacts]
    packages: dict[str, Package]
    configuration: list[str]
    scripts: list[Script]
    projects: list[Project]

    def divide(self, needed: Collection[str]) -> None:
        """Divides the workspace into packages again, after the settings changed; `needed` as `divide` takes it."""
        needed = {*needed, *(script.folder for script in self.scripts)}
        self.packages = divide(self.folders, self.settings, self.builds, self.workspace.locks, needed)

    @property
    def name(self) -> str:
        """What the workspace is called."""
        return self.workspace.name or self.root.resolve().name


def read_folders(root: Path, problems: Collector) -> tuple[dict[str, Folder], dict[str, str], set[str]]:
    """The folders, the texts of their BUILD files, and the folders whose BUILD file cannot be read."""
    folders = walk_workspace(root, problems)
    texts: dict[str, str] = {}
    broken: set[str] = set()
    for path, folder in folders.items():
        if folder.build:
            name = folder.join(folder.build)
            try:
                with open(f"{root}/{name}", encoding="utf-8", newline="") as stream:
                    texts[path] = stream.read()
            except FileNotFoundError:
                folder.build = ""
            except (OSError, UnicodeDecodeError) as error:
                broken.add(path)
                problems.add(name, f"cannot be read, and is left as it is: {error}", "make it a readable UTF-8 file")
    return folders, texts, broken


def read_inputs(
    root: Path,
    folders: dict[str, Folder],
    texts: dict[str, str],
    broken: set[str],
    cache: Cache,
    progress: Progress,
    problems: Collector,
) -> Inputs:
    """Reads the rest of what a run starts from."""
    workspace = read_workspace(root, problems)
    locks = Collector()
    hubs = read_hubs(root, workspace, locks)
    locks.raise_if_any()  # Without one, every import of a wheel would be a problem of its own.
    builds = _read_builds(folders, texts, broken, cache, progress, problems)
    settings = _settings(workspace, folders, builds, problems)
    paths = sorted({path for mine in settings.values() for path in mine.manifests})
    manifests = {path: read_manifest(root, path, problems) for path in paths}
    seen = {path: folder for path, folder in folders.items() if path in settings}
    scripts, projects = read_scripts(root, seen), read_projects(root, seen)
    configuration = [*workspace.files, *command_files(folders), *(tag.lock for tag in workspace.hubs), *paths]
    inputs = Inputs(
        root, workspace, folders, texts, broken, settings, hubs, manifests, builds, {}, configuration, scripts, projects
    )
    inputs.divide(())
    return inputs


def configuration_digest(root: Path, paths: Iterable[str]) -> str:
    """A digest of the contents of some files."""
    contents = []
    for path in paths:
        try:
            contents.append((path, digest((root / path).read_bytes())))
        except OSError:
            contents.append((path, ""))
    return digest_of(contents)


def _read_builds(
    folders: Mapping[str, Folder],
    texts: Mapping[str, str],
    broken: set[str],
    cache: Cache,
    progress: Progress,
    problems: Collector,
) -> dict[str, BuildFacts]:
    builds: dict[str, BuildFacts] = {}
    digests = {path: digest(text.encode()) for path, text in texts.items()}
    unknown = {path: texts[path] for path, name in digests.items() if name not in cache.builds}
    progress.begin("reading BUILD files", len(unknown))
    for path, (facts, line, reason) in zip(unknown, read_texts(list(unknown.values()), progress)):
        if line:
            name = folders[path].join(folders[path].build)
            broken.add(path)
            problems.add(name, f"does not parse, and is left as it is: {reason}", "correct it", f"line {line}")
        else:
            cache.builds[digests[path]] = facts
    progress.close()
    for path, name in digests.items():
        if path not in broken:
            builds[path] = BuildFacts.from_text(cache.builds[name])
    return builds


def _settings(
    workspace: Workspace, folders: Mapping[str, Folder], builds: Mapping[str, BuildFacts], problems: Collector
) -> dict[str, Settings]:
    """The settings of every folder that is not excluded; folders without directives share those above."""
    result: dict[str, Settings] = {}
    first = _first_settings(workspace)
    locks = _hubs_by_folder(workspace)
    for path, folder in folders.items():
        above = result.get(path.rpartition("/")[0]) if path else first
        if above is None or above.is_excluded(path):
            continue
        mine = dataclasses.replace(above, left_alone=False, _cache={}, _digest=[]) if above.left_alone else above
        if locks.get(path, mine.hub) != mine.hub:
            mine = dataclasses.replace(mine, _cache={}, _digest=[], hub=locks[path])
        if path in builds and builds[path].directives:
            mine = apply_directives(mine, path, builds[path].directives, folder.join(folder.build), problems)
        if mine.manifest_name in folder.others:
            mine = dataclasses.replace(
                mine, _cache={}, _digest=[], manifests=(folder.join(mine.manifest_name), *mine.manifests)
            )
        result[path] = mine
    return result


def _hubs_by_folder(workspace: Workspace) -> dict[str, str]:
    """The folders in which the lock of one hub lies: that hub counts there and below."""
    found: dict[str, list[str]] = {}
    for tag in workspace.hubs:
        found.setdefault(tag.lock.rpartition("/")[0], []).append(tag.name)
    return {folder: hubs[0] for folder, hubs in found.items() if len(set(hubs)) == 1}


def _first_settings(workspace: Workspace) -> Settings:
    """`pyi_srcs` and `pyi_deps` came with rules_python 1.1."""
    version = workspace.versions.get("rules_python", "")
    numbers = [int(part) if part.isdigit() else 0 for part in version.split(".")[:2]]
    has_stubs = not version or numbers >= [1, 1]
    return Settings(pyi_deps=has_stubs, pyi_srcs=has_stubs)
