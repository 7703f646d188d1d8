"""Findings about health checks: what runs them has to be in the image."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from distroless_python.manifests.image import NO_HEALTHCHECK
from distroless_python.verify.checks import entry
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding

_CODE = "missing-healthcheck"
_SEARCHED = "/usr/local/bin:/usr/bin:/bin"


def check(image: VerifiedImage, command: Sequence[str]) -> Iterator[Finding]:
    """The image's own health check; the base's where it has none, which stays in its config."""
    if not command:
        yield from _of_base(image)
    elif tuple(command) != NO_HEALTHCHECK:
        yield from _own(image, command)


def _own(image: VerifiedImage, command: Sequence[str]) -> Iterator[Finding]:
    program = command[0]
    path = image.env.get("PATH", _SEARCHED)
    places = [program] if program.startswith("/") else [f"{place}/{program}" for place in path.split(":") if place]
    if all(image.tree.find(place) is None for place in places):
        where = "" if program.startswith("/") else f" (its PATH is {path})"
        reason = f"the health check is run by {program}, which is not in the image{where}"
        remedy = f'write a program that is there, such as ["{image.base.python.executable}", "-c", "..."]'
        yield Finding(_CODE, program, reason, remedy, files=("healthcheck",))
    elif posixpath.basename(program).startswith("python") and "-c" not in command[:-1]:
        at = command.index("-m") + 1 if "-m" in command[:-1] else 0
        found = entry.module(image, command[at]) if at else _script(image, command[1:])
        yield from (Finding(_CODE, near.subject, near.reason, near.remedy, files=("healthcheck",)) for near in found)


def _script(image: VerifiedImage, arguments: Sequence[str]) -> Iterator[Finding]:
    path = next((argument for argument in arguments if not argument.startswith("-")), "")
    if path.startswith("/") and image.tree.find(path) is None:
        reason = f"the health check starts {path}, which is not in the image" + entry.nearest_file(image, path)
        yield Finding(_CODE, path, reason, "name a file of the binary's sources or data, as it is in the image")


def _of_base(image: VerifiedImage) -> Iterator[Finding]:
    kind, program = (*((image.base.execution.get("Healthcheck") or {}).get("Test") or ()), "", "")[:2]
    runner = {"CMD-SHELL": "/bin/sh", "CMD": program}.get(kind, "")
    if runner.startswith("/") and image.tree.find(runner) is None:
        reason = f"the base's HEALTHCHECK is run by {runner}, which is not in the image"
        remedy = f"write `healthcheck` of your own, or take it away: healthcheck = {[*NO_HEALTHCHECK]}".replace(
            "'", '"'
        )
        yield Finding("missing-interpreter", "HEALTHCHECK", reason, remedy)
