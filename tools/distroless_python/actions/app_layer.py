"""`app-layer`: first-party files become a layer."""

from __future__ import annotations

from pathlib import PurePosixPath

from distroless_python import files
from distroless_python.documents import layer_facts as facts
from distroless_python.documents import python_target as target
from distroless_python.documents.elf_facts import write_document
from distroless_python.errors import Collector
from distroless_python.formats.paths import is_bytecode, printable, unsafe
from distroless_python.layer.build import write_layer
from distroless_python.layer.bytecode import candidates
from distroless_python.layer.install import Installed
from distroless_python.layer.source_files import leaves
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.tree_layer import AppLayerManifest


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], AppLayerManifest))
    return 0


def build(job: AppLayerManifest) -> None:
    """Writes the layer and its facts.

    Raises:
        ToolError: a file is missing, or two things want one path; with all that is wrong.
    """
    python = target.read(job.profile)
    problems = Collector()
    found = [leaf for leaf in leaves(job.files, job.label, problems) if not is_bytecode(leaf.path)]
    taken = {leaf.path for leaf in found}
    for link in job.links:
        reason = unsafe(link.path) or ("a link and a file have this path" if link.path in taken else "")
        if reason:
            problems.add(job.label, reason, "rename one of them", printable(link.path))
    problems.raise_if_any()

    # Bazel's `__init__.py` are also where only a distribution, the launcher or nothing of the app is.
    directories = {parent for path in taken for parent in PurePosixPath(path).parents}
    writer = LayerWriter()
    modules: list[Installed] = []
    for leaf in found:
        path = f"{job.prefix}/{leaf.path}"
        if leaf.target:
            writer.add_link(path, leaf.target)
            continue
        file = Installed(path, 0o755 if leaf.is_program() else 0o644, leaf.content(), "")
        writer.add_file(path, file.mode, file.source)
        if file.is_module:
            modules.append(file)
    for link in job.links:
        writer.add_link(f"{job.prefix}/{link.path}", link.target)
    for empty in sorted(set(job.empty) - taken):
        if PurePosixPath(empty).parent in directories:
            writer.add_file(f"{job.prefix}/{empty}", 0o644, b"")
    compilers = candidates(job.compile, job.interpreter, job.fallback)
    with files.atomic(job.output) as stream:
        laid = write_layer(
            stream, writer, modules, compilers, python, kind=job.kind, name=job.label, version="", label=job.label
        )
    facts.write(job.facts, laid.facts)
    if job.elf:
        write_document(job.elf, laid.seen)
