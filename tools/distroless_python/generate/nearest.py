"""The names that are nearest to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LIKENESS = 0.3


def nearest(name: str, known: Iterable[str], count: int = 3, likeness: float = _LIKENESS) -> list[str]:
    """The `count` names that are most like `name`, the most like first; equals in alphabetical order.

    Args:
        likeness: from 0 to 1; names that share less are not shown.
    """
    matcher = difflib.SequenceMatcher(b=name.lower(), autojunk=False)
    scored = []
    for candidate in sorted(set(known)):
        if 2 * min(len(name), len(candidate)) < likeness * (len(name) + len(candidate)):
            continue
        matcher.set_seq1(candidate.lower())
        if matcher.quick_ratio() >= likeness:
            scored.append((-matcher.ratio(), candidate))
    return [candidate for ratio, candidate in sorted(scored)[:count] if -ratio >= likeness]
