"""`interpreter`: takes the Python out of a base that others made, to be run on the machine that builds."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from distroless_python.base.file_tree import FILE, FileTree
from distroless_python.base.find_python import find_python
from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.interpreter_files import write_interpreter
from distroless_python.base.interpreter_plan import plan
from distroless_python.base.packages import lay_contents
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Layout
from distroless_python.manifests.base import InterpreterManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], InterpreterManifest)
    profile = BaseProfile.read(request.profile)
    listed = FileTree()
    lay_contents(listed, (), LayerContents.read(request.contents))
    python = find_python(listed, profile.config)
    if python is None:
        raise ToolError(Problem(request.label, "there is no Python in its contents", "use a base with Python"))
    decided = plan(listed, python, profile.library_path)
    layout = Layout(Path(request.layout), request.label)
    wanted = decided.sources

    def read_wanted(path: str, size: int, stream: IO[bytes]) -> bytes | None:
        return stream.read() if path in wanted else None

    tree = lay_all(layout, read_image(layout, profile.architecture), read_wanted)
    found = {path: node.seen for path, node in tree.walk() if node.type == FILE and isinstance(node.seen, bytes)}
    write_interpreter(Path(request.output), Path(request.compiler), decided, found, request.label)
    return 0
