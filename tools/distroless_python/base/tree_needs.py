"""Whether a CPython of another make finds its libraries in the base that it is laid over: a pure decision."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence

from distroless_python.base.file_tree import FileTree
from distroless_python.base.inspect import SeenFile
from distroless_python.debian.sonames import package_of
from distroless_python.errors import Problem
from distroless_python.formats.elf import ElfFacts

_ORIGIN = ("$ORIGIN", "${ORIGIN}")


def unmet(
    tree: FileTree, elfs: Iterable[ElfFacts], directories: Sequence[str], subject: str, release: str
) -> Iterator[Problem]:
    """What the loader would not find.

    Args:
        tree: the base's files, looked at.
        elfs: the ELF files of the tree that was laid.
        directories: where the loader looks, absolute.
        subject: the base's label.
        release: `debian13`, whose packages the remedy names.
    """
    lacking: dict[str, str] = {}
    for elf in sorted(elfs, key=lambda elf: elf.path):
        for name in elf.needed:
            library = _library(tree, elf, name, directories)
            if library is None:
                lacking.setdefault(name, elf.path)
                continue
            newer = sorted(set(elf.requires.get(name, ())) - set(library.defines))
            if newer and library.defines:
                reason = f"{posixpath.basename(elf.path)} needs {name} with {newer[-1]}, which {release} does not have"
                yield Problem(
                    subject, reason, "lay it over a newer release, or take a build for an older one", elf.path
                )
    packages = sorted(filter(None, {package_of(release, name) for name in lacking}))
    for name, path in sorted(lacking.items()):
        package = package_of(release, name)
        remedy = f"add to the base's packages: {', '.join(json.dumps(package) for package in packages)}"
        if not package:
            remedy = f"find the package of {release} that has {name}, and add it to `packages`"
        yield Problem(subject, f"needs {name}, which the base does not have", remedy, path)


def _library(tree: FileTree, elf: ElfFacts, name: str, directories: Sequence[str]) -> ElfFacts | None:
    own = f"/{posixpath.dirname(elf.path)}"
    places = [_origin(place, own) for place in elf.runpath or elf.rpath]
    for directory in (*places, *directories):
        node = tree.find(f"{directory}/{name}")
        if node and isinstance(node.seen, SeenFile) and node.seen.elf and node.seen.elf.machine == elf.machine:
            return node.seen.elf
    return None


def _origin(place: str, own: str) -> str:
    for word in _ORIGIN:
        place = place.replace(word, own)
    return place
