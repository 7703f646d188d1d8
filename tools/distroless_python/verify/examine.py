"""Looks at an image: every check, judged by the image's exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from distroless_python.manifests.verify import VerifyManifest
from distroless_python.verify.checks import (
    data,
    entry,
    files,
    healthcheck,
    image,
    imports,
    libraries,
    requirements,
    system,
)
from distroless_python.verify.contents import VerifiedImage, read
from distroless_python.verify.findings import Finding, judge
from distroless_python.verify.linking import Linking, link
from distroless_python.verify.program import Program, examine_program


class Examined(NamedTuple):
    """An image, what its libraries get from each other, what it runs, and what was found: errors first."""

    image: VerifiedImage
    linking: Linking
    program: Program
    findings: tuple[Finding, ...]


def examine(manifest: VerifyManifest) -> Examined:
    """Reads what is known of an image and checks it.

    Raises:
        ToolError: a document cannot be read.
    """
    examined = read(manifest)
    linking = link(examined)
    program = examine_program(examined, manifest.entry, manifest.args)
    found = _findings(manifest, examined, linking, program)
    return Examined(examined, linking, program, judge(found, manifest.allow))


def _findings(
    manifest: VerifyManifest, examined: VerifiedImage, linking: Linking, program: Program
) -> Iterator[Finding]:
    yield from libraries.check(examined, linking)
    yield from requirements.check(examined)
    yield from files.check(examined)
    yield from entry.check(examined, manifest.entry)
    yield from healthcheck.check(examined, manifest.healthcheck)
    yield from image.gpus(examined)
    yield from image.layers(examined)
    yield from image.support(examined, manifest.today)
    yield from imports.check(examined, program)
    yield from system.check(examined, program)
    yield from data.check(examined, program)
