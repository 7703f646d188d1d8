"""Applying packages to a file system in memory, by what is known of their layers."""

from __future__ import annotations

import re

from distroless_python.base import file_tree as trees
from distroless_python.base.file_tree import Node, Tree
from distroless_python.base.image_reader import gunzip
from distroless_python.base.inspect import Content, look
from distroless_python.documents import layer_facts as facts
from distroless_python.documents.elf_facts import read_document
from distroless_python.documents.layer_facts import FileFacts, LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.tar import HARDLINK, LINK
from distroless_python.formats.tarfiles import UNREADABLE
from distroless_python.manifests.base import LayerFile

_READ = re.compile(r"etc/ld\.so\.conf(?:\.d/.+)?")
"""Files whose content decides what the loader's cache has; a layer with one is read."""


def lay_packages(tree: Tree, layers: tuple[LayerFile, ...]) -> None:
    """Lays the layers of packages over a file system.

    Raises:
        ToolError: one is damaged.
    """
    for file in layers:
        known = facts.read(file.facts)
        if any(_READ.fullmatch(entry.path) for entry in known.files):
            _read(tree, file, known)
        else:
            _lay(tree, file, known)


def _read(tree: Tree, file: LayerFile, known: LayerFacts) -> None:
    try:
        with gunzip(file.layer) as stream:
            tree.lay(stream, look)
    except UNREADABLE as error:
        reason = f"the layer of {known.name} is damaged: {error}"
        raise ToolError(Problem(known.label, reason, "build again: the file was changed since")) from None


def _lay(tree: Tree, file: LayerFile, known: LayerFacts) -> None:
    libraries = {library.path: Content(elf=library) for library in read_document(file.elf).elf}
    nodes = {entry.path: _node(entry, libraries.get(entry.path)) for entry in known.files if entry.type != HARDLINK}
    for directory in known.directories:
        tree.make_directory(directory.rstrip("/"))
    for entry in known.files:
        tree.add(entry.path, nodes[entry.target] if entry.type == HARDLINK else nodes[entry.path])


def _node(entry: FileFacts, seen: Content | None) -> Node:
    kind = trees.LINK if entry.type == LINK else trees.FILE
    return Node(kind, entry.mode, entry.size, entry.target, seen)
