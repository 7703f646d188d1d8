"""`python-layer`: lays a CPython that was built to be moved, and writes what is known of the layer beside it."""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from bz2 import BZ2File
from collections.abc import Callable, Mapping
from gzip import GzipFile
from io import FileIO
from lzma import LZMAFile
from typing import Any

from distroless_python.base import python_tree
from distroless_python.base.python_tree import PythonTree, TreeEntry
from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.files import atomic
from distroless_python.formats.paths import printable, unsafe
from distroless_python.formats.source import BytesSource, FileSource, Source
from distroless_python.formats.tarfiles import UNREADABLE, open_tar
from distroless_python.layer.source_files import leaves
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import PythonLayerManifest
from distroless_python.manifests.reading import read_manifest

_ARCHIVES: dict[str, Callable[[str], Any]] = {
    ".tar": FileIO,
    ".tar.gz": GzipFile,
    ".tgz": GzipFile,
    ".tar.xz": LZMAFile,
    ".tar.bz2": BZ2File,
}
_REMEDY = f"give the tree whose bin/ has python3.X: a directory, its files, or an archive ({', '.join(_ARCHIVES)})"

Found = Mapping[TreeEntry, Source]
"""The entries of a tree and their content; a link's is empty."""


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], PythonLayerManifest)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(request.output.layer) or ".") as scratch:
        found = _read(request, scratch)
        tree = _choose(request, found)
        version = _version(tree, found)
        writer = _lay(tree, found)
        with atomic(request.output.layer) as stream:
            written = writer.finish(stream)
    about = {"name": f"python{tree.version}", "version": version, "label": request.label}
    write_known(LayerFacts.of(written, layer="files", **about), writer.contents(), request.output)
    return 0


def _read(request: PythonLayerManifest, scratch: str) -> Found:
    if len(request.files) == 1 and request.files[0].source.endswith(tuple(_ARCHIVES)):
        return _read_archive(request.files[0].source, os.path.join(scratch, "python.tar"))
    problems = Collector()
    found = leaves(request.files, request.label, problems)
    problems.raise_if_any()
    return {
        TreeEntry(leaf.path, leaf.executable, leaf.target): BytesSource(b"") if leaf.target else leaf.content()
        for leaf in found
    }


def _read_archive(packed: str, plain: str) -> Found:
    """An archive's members; it is unpacked to the file `plain`, of which each is a part."""
    found: dict[TreeEntry, Source] = {}
    problems = Collector()
    opener = next(opener for ending, opener in _ARCHIVES.items() if packed.endswith(ending))
    try:
        with opener(packed) as compressed, open(plain, "wb") as unpacked:
            shutil.copyfileobj(compressed, unpacked)
        with open(plain, "rb") as stream, open_tar(stream, "r:") as archive:
            for member in archive:
                path = posixpath.normpath(member.name)
                reason = "" if member.isdir() else unsafe(path)
                if reason:
                    problems.add(packed, reason, "use the archive as it was published", printable(path))
                elif member.issym():
                    found[TreeEntry(path, target=member.linkname)] = BytesSource(b"")
                elif member.isreg():
                    content = FileSource(plain, member.offset_data, member.size)
                    found[TreeEntry(path, bool(member.mode & 0o111))] = content
    except UNREADABLE as error:
        raise ToolError(Problem(packed, f"is not a tar archive: {error}", _REMEDY)) from None
    problems.raise_if_any()
    return found


def _choose(request: PythonLayerManifest, found: Found) -> PythonTree:
    trees = python_tree.find_trees(entry.path for entry in found if not entry.target)
    wanted = [tree for tree in trees if tree.version == request.python]
    if len(wanted) == 1:
        return wanted[0]
    versions = sorted({tree.version for tree in trees})
    if len(wanted) > 1:
        reason = f"has Python {request.python} {len(wanted)} times: {', '.join(tree.root or '.' for tree in wanted)}"
        raise ToolError(Problem(request.label, reason, "give one tree"))
    if versions:
        reason = f"has Python {', '.join(versions)}, not {request.python}"
        raise ToolError(Problem(request.label, reason, f'write python = "{versions[-1]}", or give the other tree'))
    raise ToolError(Problem(request.label, "has no bin/python3.X with lib/python3.X/os.py beside it", _REMEDY))


def _version(tree: PythonTree, found: Found) -> str:
    header = next((content for entry, content in found.items() if entry.path == tree.header), None)
    return python_tree.patch_version(header.read().decode("utf-8", "replace") if header else "", tree.version)


def _lay(tree: PythonTree, found: Found) -> LayerWriter:
    writer = LayerWriter()
    for path, entry in python_tree.select(tree, found):
        if entry.target:
            writer.add_link(path, entry.target)
        else:
            writer.add_file(path, 0o755 if entry.executable else 0o644, found[entry])
    for path, text in python_tree.LOADER_FILES.items():
        writer.add_file(path, 0o644, text)
    for path, target in python_tree.links(tree.version):
        writer.add_link(path, target)
    return writer
