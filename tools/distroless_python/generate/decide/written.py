"""What a program writes beside its code becomes a volume: its image's code is read-only, and its user is nobody."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from distroless_python.generate.read.facts import SourceFacts
from distroless_python.python.source_writes import FOLDER, HERE, INSTANCE, SQLITE

_PROGRAM = "/app/_main"
_DATA = "/data"
_MOST = 8
"""Places of one program; more are those of tools."""


class Written(NamedTuple):
    """Directories that are volumes, and symbolic links to their targets."""

    volumes: tuple[str, ...] = ()
    symlinks: tuple[tuple[str, str], ...] = ()


NOTHING = Written()


def written(
    modules: Iterable[tuple[str, str]],
    facts: Callable[[str], SourceFacts],
    sources: Collection[str],
    exists: Callable[[str], bool],
) -> Written:
    """Where a program writes.

    A folder is a volume. A file beside code is a link to one of the volume `/data`: the folder stays read-only.

    Args:
        modules: the program's sources, each with the folder below which it is imported.
        sources: the paths of all sources.
        exists: whether the workspace has a file of a path.
    """
    modules = list(modules)
    flask = any(i.module.partition(".")[0] == "flask_sqlalchemy" for path, _ in modules for i in facts(path).imports)
    folders: set[str] = set()
    files: set[str] = set()
    for path, root in modules:
        for kind, name in facts(path).writes:
            instance = name == INSTANCE or (kind == SQLITE and flask)
            base = "" if name.startswith(HERE) else path.rpartition("/")[0]
            place = f"{root}/instance" if instance else f"{base}/{name}"
            place = posixpath.normpath(place.lstrip("/"))
            if place.startswith("."):  # the workspace's root, or outside of it
                continue
            if kind == FOLDER or instance:
                folders.add(place)
            elif not exists(place):
                folder = place.rpartition("/")[0]
                (files if _has_code(folder, sources) else folders).add(place if _has_code(folder, sources) else folder)
    folders = {folder for folder in folders if folder and not _has_code(folder, sources)}
    folders = {f for f in folders if not any(f.startswith(f"{other}/") for other in folders)}
    files = {f for f in files if f and not any(f.startswith(f"{folder}/") for folder in folders)}
    if len(folders) + len(files) > _MOST:
        return NOTHING
    names = [file.rpartition("/")[2] for file in files]
    links = {
        f"{_PROGRAM}/{file}": f"{_DATA}/{name if names.count(name) == 1 else file.replace('/', '_')}"
        for file, name in zip(files, names)
    }
    volumes = [f"{_PROGRAM}/{folder}" for folder in folders]
    return Written(tuple(sorted([*volumes, *([_DATA] if links else [])])), tuple(sorted(links.items())))


def _has_code(folder: str, sources: Collection[str]) -> bool:
    return not folder or any(source.startswith(f"{folder}/") for source in sources)
