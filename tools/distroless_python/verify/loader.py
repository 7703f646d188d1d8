"""Finds libraries as glibc's dynamic loader does, without running it.

ld.so(8), and https://sourceware.org/git/?p=glibc.git;a=blob;f=elf/dl-load.c . For a needed name without a slash: a
library of that soname that is loaded already; then RPATH of the one that needs it and of those that loaded that one
(unless it has a RUNPATH), LD_LIBRARY_PATH, RUNPATH, the cache, and the default directories.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Optional

from distroless_python.base.file_tree import FileTree
from distroless_python.base.ldconfig import TRIPLETS
from distroless_python.verify.contents import ImageLibrary


@dataclass(frozen=True, eq=False)
class Loaded:
    """A library in a process: the path it was opened by (absolute), and who needed it. Compares by identity."""

    library: ImageLibrary
    path: str
    by: Optional[Loaded] = None


@dataclass
class Process:
    """What one program has loaded, in order; `names` are those that a needed name is compared with."""

    loaded: list[Loaded] = field(default_factory=list)
    names: dict[str, Loaded] = field(default_factory=dict)

    def copy(self) -> Process:
        return Process(list(self.loaded), dict(self.names))


class Loader:
    """The loader of an image."""

    def __init__(
        self, tree: FileTree, architecture: str, library_path: Sequence[str], environment: Sequence[str] = ()
    ) -> None:
        """
        Args:
            tree: the image's files.
            architecture: Debian's and OCI's word.
            library_path: directories of the cache and the defaults, absolute.
            environment: directories of LD_LIBRARY_PATH.
        """
        self._tree = tree
        self._triplet = TRIPLETS.get(architecture, "")
        self._built_in = {tree.real(path) for path in ("lib", "usr/lib", *self._multiarch())}
        self._default = list(dict.fromkeys(library_path))
        self._environment = list(environment)

    def _multiarch(self) -> tuple[str, ...]:
        return (f"lib/{self._triplet}", f"usr/lib/{self._triplet}") if self._triplet else ()

    def load(self, path: str, process: Process) -> Process:
        """The process after it opened the file at `path` (absolute) and everything that this needs."""
        after = process.copy()
        node = self._tree.find(path)
        if node is None or not isinstance(node.seen, ImageLibrary):
            return after
        program = process.loaded[0] if process.loaded else None
        start = len(after.loaded)
        self._add(after, node.seen, path, "", program)
        while start < len(after.loaded):
            needer = after.loaded[start]
            start += 1
            for name in needer.library.facts.needed:
                if name not in after.names:
                    self._open(after, name, needer)
        return after

    def _open(self, process: Process, name: str, needer: Loaded) -> None:
        for path, cached in self._candidates(name, needer):
            node = self._tree.find(path)
            library = node.seen if node else None
            if (
                isinstance(library, ImageLibrary)
                and library.facts.machine == needer.library.facts.machine
                and library.facts.bits == needer.library.facts.bits
                and (not cached or self._in_cache(path, library))
            ):
                self._add(process, library, path, name, needer)
                return

    def _in_cache(self, path: str, library: ImageLibrary) -> bool:
        """Outside of the built-in directories the cache decides, and it lists what Debian packages bring."""
        of_package = library.layer is None or library.layer.about.layer == "deb"
        return of_package or self._tree.real(posixpath.dirname(path)) in self._built_in

    def _add(self, process: Process, library: ImageLibrary, path: str, name: str, by: Loaded | None) -> None:
        same = next((item for item in process.loaded if item.library is library), None)
        item = same or Loaded(library, path, by)
        if not same:
            process.loaded.append(item)
        for alias in filter(None, (name, library.facts.soname)):
            process.names.setdefault(alias, item)

    def _candidates(self, name: str, needer: Loaded) -> Iterator[tuple[str, bool]]:
        """Paths to try, and whether they are those of the cache and the default directories."""
        if "/" in name:
            yield from ((path, False) for path in self._expand((name,), needer))
            return
        for directory in self._own_directories(needer):
            yield f"{directory}/{name}", False
        for directory in self._default:
            yield f"{directory}/{name}", True

    def _own_directories(self, needer: Loaded) -> Iterator[str]:
        runpath = needer.library.facts.runpath
        ancestor: Loaded | None = None if runpath else needer
        while ancestor:
            if not ancestor.library.facts.runpath:
                yield from self._expand(ancestor.library.facts.rpath, ancestor)
            ancestor = ancestor.by
        yield from self._environment
        yield from self._expand(runpath, needer)

    def _expand(self, paths: Iterable[str], item: Loaded) -> Iterator[str]:
        """Dynamic string tokens, ld.so(8). What stays relative depends on the current directory: it is left out."""
        lib = f"lib/{self._triplet}" if self._triplet else "lib"
        tokens = {"ORIGIN": posixpath.dirname(item.path), "LIB": lib, "PLATFORM": item.library.facts.machine}
        for path in paths:
            for token, value in tokens.items():
                path = path.replace(f"${{{token}}}", value).replace(f"${token}", value)
            if path.startswith("/"):
                yield path
