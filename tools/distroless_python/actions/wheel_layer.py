"""`wheel-layer`: a wheel becomes a layer."""

from __future__ import annotations

import dataclasses

from distroless_python import files
from distroless_python.documents import layer_facts as facts
from distroless_python.documents import python_target as target
from distroless_python.documents.elf_facts import write_document
from distroless_python.errors import Collector, ToolError
from distroless_python.layer import install
from distroless_python.layer.build import write_installation
from distroless_python.layer.bytecode import candidates
from distroless_python.layer.check_content import check_content, check_file, check_written
from distroless_python.layer.distribution import check_fit, describe
from distroless_python.layer.wheel import open_wheel
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.wheel_layer import WheelLayerManifest
from distroless_python.python.metadata import normalize_name


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], WheelLayerManifest))
    return 0


def build(job: WheelLayerManifest) -> None:
    """Writes the layer and its facts.

    Raises:
        ToolError: the wheel is broken, hostile, or not for this base; with all that is wrong.
    """
    python = target.read(job.profile)
    problems = Collector()
    check_file(job.wheel, job.sha256, problems)
    wheel = open_wheel(job.wheel, problems)
    if wheel is None:
        raise ToolError(problems)
    check_fit(wheel.tags, wheel.metadata, python, wheel.archive.subject, problems)
    installation = wheel.plan(install.Layout.image(python, wheel.name), job.direct, problems)
    if problems:
        check_content(wheel, problems)
        raise ToolError(problems)
    compilers = candidates(job.compile, job.interpreter, job.fallback)
    name = normalize_name(wheel.name)
    try:
        with files.atomic(job.output) as stream:
            laid = write_installation(
                stream, installation, compilers, python, name=name, version=wheel.version, label=job.label
            )
            check_written(wheel, installation, {file.path: file.sha256 for file in laid.facts.files}, problems)
            problems.raise_if_any()
    except ToolError as error:
        check_content(wheel, others := Collector())
        raise ToolError(others) if others else error from None
    about = describe(
        wheel.tags,
        wheel.metadata,
        wheel.entry_points,
        (placed.path for placed in wheel.members if placed.scheme in install.IMPORTABLE),
        direct=job.direct,
        uncompiled=laid.uncompiled,
    )
    facts.write(job.facts, dataclasses.replace(laid.facts, wheel=about))
    if job.elf:
        write_document(job.elf, laid.seen)
