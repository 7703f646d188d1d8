"""Applies packages to a file system in memory, by what is known of their layers. No layer is read."""

from __future__ import annotations

from collections.abc import Iterable

from distroless_python.base import file_tree
from distroless_python.base.file_tree import FileTree, Node
from distroless_python.base.inspect import SeenFile
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats.tar import HARDLINK, LINK
from distroless_python.manifests.layers import LayerInput


def lay_packages(tree: FileTree, layers: Iterable[LayerInput]) -> None:
    """Applies the layers of packages, lowest first."""
    for layer in layers:
        lay_contents(tree, LayerFacts.read(layer.facts).directories, LayerContents.read(layer.contents))


def lay_contents(tree: FileTree, directories: Iterable[str], contents: LayerContents) -> None:
    """Applies what is in a layer."""
    seen: dict[str, SeenFile] = {
        elf.path: SeenFile(elf=elf, glibc=contents.glibc if elf.soname == "libc.so.6" else "") for elf in contents.elf
    }
    seen.update({path: SeenFile(text=text.encode()) for path, text in contents.texts.items()})
    nodes = {file.path: _node(file, seen.get(file.path)) for file in contents.files if file.type != HARDLINK}
    for directory in directories:
        tree.make_directory(directory.rstrip("/"))
    for file in contents.files:
        tree.add(file.path, nodes[file.target] if file.type == HARDLINK else nodes[file.path])


def _node(file: FileFacts, seen: SeenFile | None) -> Node:
    kind = file_tree.LINK if file.type == LINK else file_tree.FILE
    return Node(kind, file.mode, file.size, file.target, seen)
