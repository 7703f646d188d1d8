"""The names that are nearest to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LIKENESS = 0.3
"""Names that share less are not shown."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The `count` names that are most like `name`, the most like first; equals in alphabetical order."""
    matcher = difflib.SequenceMatcher(b=name.lower(), autojunk=False)
    scored = []
    for candidate in sorted(set(known)):
        matcher.set_seq1(candidate.lower())
        if matcher.real_quick_ratio() >= _LIKENESS and matcher.quick_ratio() >= _LIKENESS:
            scored.append((-matcher.ratio(), candidate))
    return [candidate for ratio, candidate in sorted(scored)[:count] if -ratio >= _LIKENESS]
