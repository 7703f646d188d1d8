"""`interpreter`: takes a base's Python out of it, to be run on the machine that builds."""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from distroless_python.base.file_tree import Node, Tree
from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.interpreter_plan import COMPILE, Plan, plan
from distroless_python.errors import Problem, ToolError
from distroless_python.files import write_json
from distroless_python.formats.oci import Layout
from distroless_python.manifests.base import InterpreterManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.python.interpreter import Interpreter

_OLDEST = (1980, 1, 1, 0, 0, 0)  # what ZIP can say


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], InterpreterManifest)
    profile = json.loads(Path(request.profile).read_bytes())
    layout = Layout(Path(request.layout), request.label)
    decided = plan(_tree(profile["files"]), profile)
    wanted = decided.sources

    def read_wanted(path: str, size: int, stream: IO[bytes]) -> bytes | None:
        return stream.read() if path in wanted else None

    tree = lay_all(layout, read_image(layout, profile["architecture"]), read_wanted)
    _write(Path(request.output), decided, tree, request.label)
    return 0


def _tree(files: Iterable[Mapping[str, Any]]) -> Tree:
    """The file system that a profile lists."""
    tree = Tree()
    for file in files:
        tree.add(file["path"], Node(file["type"], file["mode"], file["size"], file.get("target", "")))
    return tree


def _write(output: Path, decided: Plan, tree: Tree, subject: str) -> None:
    for target, source in decided.files.items():
        path = output / target
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(tree, source, subject))
        path.chmod(0o755)
    write_json(output / "interpreter.json", {"argv": decided.argv, "home": decided.home})
    archive = output / decided.archive
    modules = {name: _content(tree, source, subject) for name, source in decided.archived.items()}
    _write_archive(archive, modules)
    compiled = _compile(Interpreter.of_base(output), archive)
    if compiled:
        _write_archive(archive, {**modules, **compiled})


def _write_archive(path: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # stored: reading it needs no zlib
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _OLDEST), content)


def _compile(interpreter: Interpreter, archive: Path) -> dict[str, bytes]:
    """The .pyc files of what every start imports; none where the interpreter does not run on this machine."""
    command = interpreter.command(["-S", "-s", "-B", "-c", COMPILE, str(archive.absolute())])
    try:
        result = subprocess.run(command, env=interpreter.environment(), stdin=subprocess.DEVNULL, capture_output=True)
    except OSError:
        return {}
    lines = result.stdout.decode("ascii", "replace").splitlines() if result.returncode == 0 else []
    return {name: bytes.fromhex(content) for name, content in (line.split() for line in lines)}


def _content(tree: Tree, path: str, subject: str) -> bytes:
    node = tree.find(path)
    if node is None or not isinstance(node.seen, bytes):
        raise ToolError(Problem(subject, "its Python cannot be taken out: no file is there", "use another base", path))
    return node.seen
