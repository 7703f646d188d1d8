"""`app-layer`: first-party files become a layer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
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

_USERS = {"root": "0", "nonroot": "65532"}


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
    _add_volumes(writer, job, {f"{job.prefix}/{path}" for path in taken}, problems)
    problems.raise_if_any()
    python = PythonTarget.read(job.python)
    interpreter = Interpreter.of_base(job.interpreter) if job.interpreter else None
    built = write_app_layer(job.output.layer, writer, modules, interpreter, python, root=job.prefix, label=job.label)
    contents = built.contents
    if job.alone:
        files = tuple(file._replace(size=0, sha256="") for file in contents.files)
        contents = dataclasses.replace(contents, files=files)
    write_known(built.facts, contents, job.output)


def _add_volumes(writer: LayerWriter, job: AppLayerManifest, taken: Collection[str], problems: Collector) -> None:
    """Adds what the program writes to: directories of its own user, and links that lead there."""
    uid, _, gid = job.owner.partition(":")
    owner, group = _USERS.get(uid, uid), _USERS.get(gid or uid, gid or uid)
    if job.volumes and not (owner.isdigit() and group.isdigit()):
        reason = f"its volumes belong to the user {job.owner!r}, whose number is not known here"
        problems.add(job.label, reason, 'write the number of the user: user = "65532"', "user")
        return
    for volume in job.volumes:
        writer.add_directory(volume.strip("/"), uid=int(owner), gid=int(group), alone=True)
    for path, target in job.symlinks.items():
        if not re.fullmatch(r"(/(?!\.\.?(/|$))[^/\0]+)+", path) or not target:
            problems.add(job.label, f"{path!r} is not an absolute path", "write the link's whole path", "symlinks")
        elif path[1:] in taken:
            remedy = "take it out of the program's data, or the link away"
            problems.add(job.label, f"the link {path} stands where the program has a file", remedy, "symlinks")
        else:
            writer.add_link(path[1:], target)
