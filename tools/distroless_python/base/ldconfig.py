"""Shared libraries as ldconfig(8) finds them in an image: directories, and the entries of the cache."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from distroless_python.base.file_tree import FILE, LINK, FileTree, Node
from distroless_python.base.inspect import SeenFile, text
from distroless_python.formats.elf import ElfFacts
from distroless_python.formats.ld_cache import FLAGS, CacheEntry, compare_names

TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
"""Architecture to Debian's multiarch triplet."""

_HWCAPS = "glibc-hwcaps"
_NAME = re.compile(r"(?:lib|ld-).*\.so.*", re.DOTALL)
_MAX_INCLUDES = 20


@dataclass(frozen=True)
class _Candidate:
    """A file that may be an entry: its file name, the name that programs need, and whether it is a link."""

    file: str
    soname: str
    flags: int
    is_link: bool


def default_directories(architecture: str) -> list[str]:
    """Where the loader itself looks, after the cache: Debian's, absolute."""
    triplet = TRIPLETS.get(architecture)
    multiarch = [f"/lib/{triplet}", f"/usr/lib/{triplet}"] if triplet else []
    return [*multiarch, "/lib", "/usr/lib"]


def configured_directories(tree: FileTree) -> list[str]:
    """What /etc/ld.so.conf and its includes name, absolute, in order."""
    return list(dict.fromkeys(_read_configuration(tree, "/etc/ld.so.conf", 0)))


def libraries(tree: FileTree, architecture: str) -> Iterator[CacheEntry]:
    """The entries of the cache that is right for an image, in ldconfig's order of directories."""
    known: set[int] = set()
    for directory in (*configured_directories(tree), *default_directories(architecture)):
        node = tree.find(directory)
        if node is None or id(node) in known:  # /lib may be a link to /usr/lib
            continue
        known.add(id(node))
        subdirectories = f"{directory}/{_HWCAPS}"
        for hwcaps in tree.names(subdirectories):
            yield from _in_directory(tree, f"{subdirectories}/{hwcaps}", hwcaps)
        yield from _in_directory(tree, directory, "")


def _in_directory(tree: FileTree, directory: str, hwcaps: str) -> Iterator[CacheEntry]:
    best: dict[str, _Candidate] = {}
    for name in tree.names(directory):
        candidate = _candidate(tree, directory, name)
        if candidate:
            rival = best.get(candidate.soname)
            if rival is None or _is_better(candidate, rival):
                best[candidate.soname] = candidate
    for soname, candidate in best.items():
        # ldconfig makes the link from soname to file; here it counts only if the package has it.
        by_soname = not hwcaps and tree.find(f"{directory}/{soname}") is not None
        yield CacheEntry(soname, f"{directory}/{soname if by_soname else candidate.file}", candidate.flags, hwcaps)


def _candidate(tree: FileTree, directory: str, name: str) -> _Candidate | None:
    if not _NAME.fullmatch(name) or name.endswith(("-gdb.py", ".dpkg-new", ".dpkg-tmp", ".py")):
        return None
    path = f"{directory}/{name}"
    own, node = tree.find(path, follow=False), tree.find(path)
    elf = _elf(node)
    if own is None or elf is None or elf.machine not in FLAGS:
        return None
    soname = elf.soname or name
    # A link that is named as programs need it, or as the linker looks for it (libz.so of a -dev package), is an entry
    # under its own name; any other is one more file with that soname.
    is_link = own.type == LINK and (name == soname or (name.endswith(".so") and soname.startswith(name)))
    return _Candidate(name, name if is_link else soname, FLAGS[elf.machine], is_link)


def _elf(node: Node | None) -> ElfFacts | None:
    if node and node.type == FILE and isinstance(node.seen, SeenFile):
        return node.seen.elf
    return None


def _is_better(candidate: _Candidate, rival: _Candidate) -> bool:
    """A file before a link; of two files the later version."""
    if candidate.is_link != rival.is_link:
        return rival.is_link
    return compare_names(rival.file, candidate.file) < 0


def _read_configuration(tree: FileTree, path: str, depth: int) -> Iterator[str]:
    for line in text(tree, path.lstrip("/")).splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0] == "hwcap":
            continue
        if words[0] != "include":
            for directory in line.partition("#")[0].replace(",", " ").replace(":", " ").split():
                yield posixpath.normpath(directory)
        elif depth < _MAX_INCLUDES:
            for pattern in words[1:]:
                folder, _, names = posixpath.join("/etc", pattern).rpartition("/")
                for name in tree.names(folder):
                    if fnmatch.fnmatchcase(name, names) and not name.startswith("."):
                        yield from _read_configuration(tree, f"{folder}/{name}", depth + 1)
