"""What a distribution says of itself, for its layer's facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from distroless_python.documents.layer_facts import Distribution
from distroless_python.errors import Collector
from distroless_python.formats.paths import printable, unsafe
from distroless_python.formats.remedies import BUILD_AGAIN
from distroless_python.layer.scripts import GROUPS
from distroless_python.python.metadata import Headers, first

_SOURCE = (".py", ".so", ".pyc", ".pyi")


def check_entry_points(groups: Mapping[str, Mapping[str, str]], subject: str, member: str, problems: Collector) -> None:
    """Adds the entry points whose script has no place. Verification checks what the script does."""
    for group in GROUPS:
        for script in groups.get(group, {}):
            if reason := unsafe(script) or ("its name holds a slash" if "/" in script else ""):
                problems.add(subject, f"{group}: {printable(script)}: {reason}", BUILD_AGAIN, member)


def describe(
    tags: Iterable[str],
    metadata: Headers,
    entry_points: Mapping[str, Mapping[str, str]],
    paths: Iterable[str],
    *,
    direct: bool,
    uncompiled: int,
) -> Distribution:
    """The facts; `paths` are those below site-packages."""
    return Distribution(
        tags=tuple(tags),
        requires_python=first(metadata, "requires-python"),
        requires_dist=tuple(metadata.get("requires-dist", ())),
        provides_extra=tuple(metadata.get("provides-extra", ())),
        entry_points={name: reference for group in GROUPS for name, reference in entry_points.get(group, {}).items()},
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
