"""`app-layer`: first-party files become a layer."""

from __future__ import annotations

import dataclasses
from pathlib import PurePosixPath

from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import Collector
from distroless_python.formats.paths import is_bytecode
from distroless_python.layer.build import write_app_layer
from distroless_python.layer.file import LayerFile
from distroless_python.layer.source_files import leaves
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.layers import AppLayerManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.python.interpreter import Interpreter


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], AppLayerManifest))
    return 0


def build(job: AppLayerManifest) -> None:
    """Writes the layer and what is known of it.

    Raises:
        ToolError: a file is missing, or two things want one path; with all that is wrong.
    """
    problems = Collector()
    found = [leaf for leaf in leaves(job.files, job.label, problems) if not is_bytecode(leaf.path)]
    problems.raise_if_any()

    # Bazel's `__init__.py` are also where only a distribution, the launcher or nothing of the app is.
    taken = {leaf.path for leaf in found}
    directories = {parent for path in taken for parent in PurePosixPath(path).parents}
    writer = LayerWriter()
    modules: list[LayerFile] = []
    for leaf in found:
        path = f"{job.prefix}/{leaf.path}"
        if leaf.target:
            writer.add_link(path, leaf.target)
            continue
        file = LayerFile(path, 0o755 if leaf.is_program() else 0o644, leaf.content())
        writer.add(file)
        if file.is_module:
            modules.append(file)
    for empty in sorted(set(job.empty) - taken):
        if PurePosixPath(empty).parent in directories:
            writer.add_file(f"{job.prefix}/{empty}", 0o644, b"")
    python = PythonTarget.read(job.python)
    interpreter = Interpreter.of_base(job.interpreter) if job.interpreter else None
    built = write_app_layer(job.output.layer, writer, modules, interpreter, python, root=job.prefix, label=job.label)
    contents = built.contents
    if job.alone:
        files = tuple(file._replace(size=0, sha256="") for file in contents.files)
        contents = dataclasses.replace(contents, files=files)
    write_known(built.facts, contents, job.output)
