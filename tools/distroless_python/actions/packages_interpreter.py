"""`packages-interpreter`: takes the Python out of the packages of a base, to be run on the machine that builds.

It waits for the packages only: the base is put together at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from distroless_python.base import rootfs
from distroless_python.base.describe import library_path
from distroless_python.base.file_tree import FileTree
from distroless_python.base.find_python import find_python
from distroless_python.base.image_reader import gunzip
from distroless_python.base.interpreter_files import write_interpreter
from distroless_python.base.interpreter_plan import plan
from distroless_python.base.ldconfig import configured_directories
from distroless_python.base.packages import lay_packages
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.tarfiles import UNREADABLE, open_tar
from distroless_python.manifests.base import PackagesInterpreterManifest
from distroless_python.manifests.layers import LayerInput
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], PackagesInterpreterManifest)
    tree = FileTree()
    lay_packages(tree, request.layers)
    rootfs.merge_usr(tree)
    python = find_python(tree, {})
    if python is None:
        reason = "there is no Python in its packages"
        raise ToolError(Problem(request.label, reason, "lock pythonX.Y-minimal and libpythonX.Y-stdlib"))
    directories = (*library_path(tree, request.architecture), *configured_directories(tree))
    decided = plan(tree, python, tuple(dict.fromkeys(directories)))
    found = {path: data for layer in request.layers for path, data in _read(layer, decided.sources)}
    write_interpreter(Path(request.output), Path(request.compiler), decided, found, request.label)
    return 0


def _read(layer: LayerInput, wanted: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """The wanted files of a layer, which is opened only if it has some."""
    if wanted.isdisjoint(file.path for file in LayerContents.read(layer.contents).files):
        return
    try:
        with gunzip(layer.layer) as stream, open_tar(stream, "r|") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in wanted and member.isreg() else None
                if content:
                    yield member.name, content.read()
    except UNREADABLE as error:
        known = LayerFacts.read(layer.facts)
        reason = f"the layer of {known.title} is damaged: {error}"
        raise ToolError(Problem(known.label, reason, "build again: the file was changed since")) from None
