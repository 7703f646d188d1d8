"""Debian control files: paragraphs of `Field: value`, and the relations in their dependency fields.

https://www.debian.org/doc/debian-policy/ch-controlfields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .versions import satisfies

Paragraph = dict[str, str]

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


def parse_paragraph(text: str) -> Paragraph:
    """Fields of one paragraph; continuation lines stay joined by newlines, without their first blank."""
    fields: Paragraph = {}
    name = ""
    for line in text.splitlines():
        if line[:1] in (" ", "\t"):
            if name:
                fields[name] += "\n" + line[1:]
        elif ":" in line and not line.startswith("#"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a control file, in order."""
    return (parse_paragraph(part) for part in re.split(r"\n[ \t]*\n", text) if part.strip())


def parse_relations(text: str) -> tuple[tuple[Relation, ...], ...]:
    """The value of Depends, Pre-Depends or Provides: all of these, any of each.

    Raises:
        ValueError: an entry is no relation.
    """
    wanted = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        alternatives = []
        for alternative in entry.split("|"):
            match = _RELATION.fullmatch(alternative.strip())
            if not match:
                raise ValueError(f"{alternative.strip()!r} is no package relation")
            alternatives.append(Relation(match["name"], match["relation"] or "", match["version"] or ""))
        wanted.append(tuple(alternatives))
    return tuple(wanted)
