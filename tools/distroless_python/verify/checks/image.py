"""Findings about the image as a whole: what it starts, how old its base is, how many layers it has."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import MAX_LAYERS
from distroless_python.image.entry import Python, entrypoint
from distroless_python.manifests.image import Entry
from distroless_python.verify.contents import Image
from distroless_python.verify.findings import ERROR, WARNING, Finding

_DAYS_AHEAD = 90


def entry(image: Image, started: Entry, path: tuple[str, ...]) -> Iterator[Finding]:
    """The entry has to be in the image; `path` is what Python's `sys.path` starts with."""
    base = image.base
    python = Python(
        base.target.executable,
        (*path, base.stdlib, f"/{base.target.dist_packages}", "/usr/lib/python3/dist-packages"),
    )
    files = {file.path for file in base.files}
    files.update(file.path for layer in image.layers for file in layer.facts.files)
    problems = Collector()
    with problems.catching():
        entrypoint(started, (), python, files, image.label)
    for problem in problems:
        yield Finding("missing-entry", started.value, problem.reason, problem.remedy, files=(problem.member,))
    if started.kind == "console_script" and not problems:
        yield from _script(image, started.value, python, files)


def _script(image: Image, name: str, python: Python, files: set[str]) -> Iterator[Finding]:
    """A console script is there, and what it calls has to be, too."""
    for layer in image.wheels:
        target = layer.facts.wheel.console_scripts.get(name, "") if layer.facts.wheel else ""
        module = target.partition(":")[0].strip()
        if module and not _importable(module, python, files):
            reason = f"the console script {name!r} calls {target}, and the module {module!r} is not in the image"
            remedy = f"require what brings it (an extra of {layer.facts.name}?), or start another program"
            yield Finding("missing-entry", name, reason, remedy, layer.title, ("console_script",))


def _importable(module: str, python: Python, files: set[str]) -> bool:
    """Whether a module, a package, or a namespace of packages is there."""
    for directory in python.path:
        path = f"{directory.strip('/')}/{module.replace('.', '/')}"
        if any(file.startswith((f"{path}/", f"{path}.")) for file in files):
            return True
    return False


def healthcheck(image: Image) -> Iterator[Finding]:
    """The base's health check stays in the image's config, and what runs it has to be there."""
    kind, program = (*image.base.healthcheck, "", "")[:2]
    runner = {"CMD-SHELL": "/bin/sh", "CMD": program}.get(kind, "")
    if runner.startswith("/") and image.tree.find(runner) is None:
        reason = f"the base's HEALTHCHECK is run by {runner}, which is not in the image"
        remedy = "use a base without it, and let whoever runs the image ask the program itself"
        yield Finding("missing-interpreter", "HEALTHCHECK", reason, remedy)


def support(label: str, release: str, end_of_life: str, today: str) -> Iterator[Finding]:
    """The base has to get updates. Dates are YYYY-MM-DD; nothing is found where the first is empty.

    Raises:
        ToolError: one of them is not a date.
    """
    if not end_of_life:
        return
    try:
        left = (datetime.date.fromisoformat(end_of_life) - datetime.date.fromisoformat(today)).days
    except ValueError as error:
        raise ToolError(Problem(label, f"no date: {error}", "write YYYY-MM-DD", "end_of_life")) from None
    name = release or "base"
    remedy = "use a base of a newer release"
    if left < 0:
        yield Finding("end-of-life", name, f"the base gets no updates since {end_of_life}", remedy, level=ERROR)
    elif left <= _DAYS_AHEAD:
        reason = f"the base gets updates until {end_of_life}, in {left} days"
        yield Finding("end-of-life", name, reason, remedy, level=WARNING)


def layers(image: Image) -> Iterator[Finding]:
    """Docker runs 125 layers. Small layers of ours are joined, so what counts is the base and one more."""
    count = len(image.base.layers) + bool(image.layers)
    if count > MAX_LAYERS:
        reason = f"has {count} layers at least ({len(image.base.layers)} are the base's), and Docker takes {MAX_LAYERS}"
        yield Finding("too-many-layers", str(count), reason, "use a base with fewer layers")
