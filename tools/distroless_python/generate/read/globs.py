"""Patterns of paths: `*` and `?` within a name, `**` over any folders, `{a,b}` for either."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache


class Glob:
    """Several patterns; a path matches where one of them does."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(patterns)
        self._plain = {p for p in self.patterns if not re.search(r"[*?\[{]", p)}
        self._expressions = [translate(p) for p in self.patterns if p not in self._plain]
        self._known: dict[str, bool] = {}

    def matches(self, path: str) -> bool:
        """Whether one of the patterns is the whole path's."""
        known = self._known.get(path)
        if known is None:
            known = path in self._plain or any(expression.fullmatch(path) for expression in self._expressions)
            self._known[path] = known
        return known


@cache
def translate(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern.

    Raises:
        re.error: a bracket of the pattern is not closed.
    """
    parts: list[str] = []
    index = 0
    while index < len(pattern):
        rest = pattern[index:]
        if rest.startswith("**/"):
            parts.append("(?:.*/)?")
            index += 3
        elif rest.startswith("**"):
            parts.append(".*")
            index += 2
        elif rest[0] == "[":
            end = rest.find("]", 2)
            if end < 0:
                raise re.error("a [ is not closed", pattern, index)
            parts.append("[" + rest[1:end].replace("!", "^", 1 if rest[1] == "!" else 0) + "]")
            index += end + 1
        elif rest[0] == "{":
            end = rest.find("}")
            if end < 0:
                raise re.error("a { is not closed", pattern, index)
            parts.append("(?:" + "|".join(re.escape(choice) for choice in rest[1:end].split(",")) + ")")
            index += end + 1
        else:
            parts.append({"*": "[^/]*", "?": "[^/]"}.get(rest[0], re.escape(rest[0])))
            index += 1
    return re.compile("".join(parts))
