"""`wheel-layer`: a wheel becomes a layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distroless_python.common import files, manifest
from distroless_python.common.errors import Collector, ToolError

from . import facts, install, metadata, target
from .build import write_layer
from .bytecode import choose
from .content import check_content, check_file, check_written
from .distribution import check_fit, describe
from .facts import LayerFacts
from .manifests import WheelLayerManifest
from .source import BytesSource
from .wheel import Wheel, open_wheel
from .writer import File, LayerWriter


def main(argv: list[str]) -> int:
    build(manifest.read(argv[0], WheelLayerManifest))
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
    installation = install.plan(
        _distributed(wheel),
        wheel.entry_points,
        name=wheel.name,
        dist_info=wheel.dist_info,
        target=python,
        direct=job.direct,
        subject=wheel.archive.subject,
        problems=problems,
    )
    if problems:
        check_content(wheel, problems)
        raise ToolError(problems)
    by, interpreter = choose(job.interpreter, job.fallback, python.version) if job.compile else ("none", None)
    writer = LayerWriter()
    for file in installation.files:
        writer.add_file(file.path, file.mode, file.source)

    def last(compiled: Sequence[str]) -> Iterator[File]:
        yield File(installation.record_path, 0o644, BytesSource(installation.record(compiled)))

    try:
        with files.atomic(job.output) as stream:
            written, compiled = write_layer(stream, writer, installation.modules, interpreter, python.cache_tag, last)
            check_written(wheel, installation, written, problems)
            problems.raise_if_any()
    except ToolError as error:
        check_content(wheel, problems := Collector())
        raise ToolError(problems) if problems else error from None
    facts.write(
        job.facts,
        LayerFacts.of(
            written,
            kind="wheel",
            name=metadata.normalize_name(wheel.name),
            version=wheel.version,
            label=job.label,
            wheel=describe(
                wheel.tags,
                wheel.metadata,
                wheel.entry_points,
                (placed.path for placed in wheel.members if placed.scheme in ("purelib", "platlib")),
                direct=job.direct,
                uncompiled=compiled.failed,
            ),
            bytecode=by,
        ),
    )


def _distributed(wheel: Wheel) -> Iterator[install.Distributed]:
    for placed in wheel.members:
        member = placed.member
        yield install.Distributed(
            placed.scheme, placed.path, member.executable, placed.source, placed.recorded.hash, member.name
        )
