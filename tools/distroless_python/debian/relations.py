"""Package relations: what Depends, Breaks and Provides say.

https://www.debian.org/doc/debian-policy/ch-relationships.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from distroless_python.debian.versions import satisfies

_RELATION = re.compile(
    r"""(?P<name>[a-z0-9][a-z0-9+.\-]*) (?::(?P<qualifier>[a-z0-9\-]+))?
        \s* (?:\(\s*(?P<relation><<|<=|=|>=|>>)\s*(?P<version>[^)\s]+)\s*\))?
        \s* (?:\[[^]]*\])? \s* (?:<[^>]*>\s*)*""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Relation:
    """One alternative of a dependency: a package, perhaps of a certain version."""

    name: str
    relation: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.relation} {self.version})" if self.relation else self.name

    def accepts(self, version: str) -> bool:
        return not self.relation or satisfies(version, self.relation, self.version)


def parse_relations(text: str) -> tuple[tuple[Relation, ...], ...]:
    """The value of Depends, Pre-Depends or Provides: all of these, any of each.

    Raises:
        ValueError: an entry is not a relation.
    """
    wanted = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        alternatives = []
        for alternative in entry.split("|"):
            match = _RELATION.fullmatch(alternative.strip())
            if not match:
                raise ValueError(f"{alternative.strip()!r} is not a valid package relation")
            alternatives.append(Relation(match["name"], match["relation"] or "", match["version"] or ""))
        wanted.append(tuple(alternatives))
    return tuple(wanted)
