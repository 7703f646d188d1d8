"""Leaving files of a wheel out: `exclude = {"pkg": ["tests/**"]}` of distroless.wheels."""

from __future__ import annotations

import re
from collections.abc import Sequence

from distroless_python.errors import Collector
from distroless_python.layer.wheel import Wheel


def without(wheel: Wheel, patterns: Sequence[str], label: str, problems: Collector) -> Wheel:
    """A wheel without the files that patterns name; a pattern that names none is a problem.

    Args:
        wheel: the wheel.
        patterns: of paths as they are below site-packages; `**` is any number of folders, `*` a part of a name.
        label: the target, for errors.
        problems: gets what is wrong.
    """
    left_out: set[str] = set()
    for pattern in patterns:
        expression = _expression(pattern)
        found = {
            m.path for m in wheel.members if expression.fullmatch(m.path) and not m.path.startswith(wheel.dist_info)
        }
        if not found:
            reason = f"exclude has {pattern!r}, and {wheel.name} {wheel.version} has no such file outside of .dist-info"
            problems.add(label, reason, "correct it, or take it out of `exclude` of distroless.wheels")
        left_out |= found
    return wheel._replace(members=tuple(m for m in wheel.members if m.path not in left_out)) if left_out else wheel


def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    meanings = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(meanings.get(part, re.escape(part)) for part in parts))
