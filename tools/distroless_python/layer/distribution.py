"""What a distribution says of itself, for its layer's facts and for whether it fits a base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from distroless_python.documents.layer_facts import WheelFacts
from distroless_python.documents.python_target import Target
from distroless_python.errors import Collector
from distroless_python.formats.paths import printable, unsafe
from distroless_python.layer.remedies import BUILD_AGAIN, WRONG_WHEEL
from distroless_python.layer.scripts import GROUPS
from distroless_python.python.metadata import Headers, first
from distroless_python.python.tags import misfit, python_misfit

_REFERENCE = re.compile(r"{0}\s*:\s*{0}".format(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"))
_SOURCE = (".py", ".so", ".pyc", ".pyi")


def check_fit(
    tags: Iterable[str],
    metadata: Headers,
    target: Target,
    subject: str,
    problems: Collector,
    remedy: str = WRONG_WHEEL,
) -> None:
    """Adds why the distribution cannot be used on the base."""
    tags = tuple(tags)
    if tags and (reason := misfit(tags, target)):
        problems.add(subject, reason, remedy)
    try:
        if reason := python_misfit(first(metadata, "requires-python"), target):
            problems.add(subject, reason, remedy, "Requires-Python")
    except ValueError as error:
        problems.add(subject, str(error), BUILD_AGAIN, "Requires-Python")


def check_entry_points(groups: Mapping[str, Mapping[str, str]], subject: str, member: str, problems: Collector) -> None:
    """Adds the entry points that no script can be made of."""
    for group in GROUPS:
        for script, reference in groups.get(group, {}).items():
            if reason := unsafe(script) or ("its name holds a slash" if "/" in script else ""):
                problems.add(subject, f"{group}: {printable(script)}: {reason}", BUILD_AGAIN, member)
            if not _REFERENCE.fullmatch(reference):
                reason = f"{group}: {printable(script)}: {reference!r} is not module:function"
                problems.add(subject, reason, BUILD_AGAIN, member)


def describe(
    tags: Iterable[str],
    metadata: Headers,
    entry_points: Mapping[str, Mapping[str, str]],
    paths: Iterable[str],
    *,
    direct: bool,
    uncompiled: int,
) -> WheelFacts:
    """The facts; `paths` are those below site-packages."""
    return WheelFacts(
        tags=tuple(tags),
        requires_python=first(metadata, "requires-python"),
        requires_dist=tuple(metadata.get("requires-dist", ())),
        provides_extra=tuple(metadata.get("provides-extra", ())),
        console_scripts=dict(entry_points.get("console_scripts", {})),
        top_level=top_level(paths),
        direct=direct,
        uncompiled=uncompiled,
    )


def top_level(paths: Iterable[str]) -> tuple[str, ...]:
    """The names that can be imported, of packages, namespace packages and modules, sorted."""
    found: set[str] = set()
    for path in paths:
        if path.endswith(_SOURCE):
            name = path.partition("/")[0] if "/" in path else path.partition(".")[0]
            if name.isidentifier():
                found.add(name)
    return tuple(sorted(found))
