"""`wheel-layer`: a wheel becomes a layer. Verification checks whether it fits the base."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator

from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import Collector, ToolError
from distroless_python.files import atomic
from distroless_python.layer import install
from distroless_python.layer.build import write_installation
from distroless_python.layer.check_content import check_content, check_file, check_written
from distroless_python.layer.distribution import describe
from distroless_python.layer.excluded import without
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import Installation, InstallPlaces
from distroless_python.layer.parts import split
from distroless_python.layer.wheel import open_wheel
from distroless_python.manifests.layers import WheelLayerManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.python.interpreter import Interpreter
from distroless_python.python.names import normalize_name


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], WheelLayerManifest))
    return 0


def build(job: WheelLayerManifest) -> None:
    """Writes the layer and what is known of it.

    Raises:
        ToolError: the wheel is broken or hostile; with all that is wrong.
    """
    python = PythonTarget.read(job.python)
    problems = Collector()
    check_file(job.wheel, job.sha256, problems)
    wheel = open_wheel(job.wheel, problems, locked=bool(job.sha256))
    if wheel is None:
        raise ToolError(problems)
    wheel = without(wheel, job.exclude, job.label, problems)
    installation = wheel.plan(InstallPlaces.image(python, wheel.name), job.direct, problems)
    if problems:
        check_content(wheel, problems)
        raise ToolError(problems)
    interpreter = Interpreter.of_base(job.interpreter) if job.interpreter else None
    about = {"name": normalize_name(wheel.name), "version": wheel.version, "label": job.label}
    try:
        with atomic(job.output.layer) as stream:
            built = write_installation(
                stream, installation, interpreter, python, part=job.part, parts=job.parts, **about
            )
            written = {file.path: file.sha256 for file in built.contents.files}
            check_written(wheel, installation, written, problems, _elsewhere(installation, job))
            problems.raise_if_any()
    except ToolError as error:
        check_content(wheel, others := Collector())
        raise ToolError(others) if others else error from None
    if job.part > 1:
        write_known(built.facts, built.contents, job.output)
        return
    distribution = describe(
        wheel.tags,
        wheel.metadata,
        wheel.entry_points,
        (file.path for file in wheel.members if file.scheme in install.IMPORTABLE),
        direct=job.direct,
        uncompiled=built.uncompiled,
    )
    write_known(dataclasses.replace(built.facts, wheel=distribution), built.contents, job.output)
    for odd in wheel.odd:
        print(f"warning: {odd}", file=sys.stderr)


def _elsewhere(installation: Installation, job: WheelLayerManifest) -> Iterator[LayerFile]:
    """The files that other layers of the wheel have."""
    for number, files in enumerate(split(installation.files, job.parts), 1):
        if number != job.part:
            yield from files
