"""Debian control files: paragraphs of `Field: value`.

https://www.debian.org/doc/debian-policy/ch-controlfields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Paragraph = dict[str, str]


def parse_paragraph(text: str) -> Paragraph:
    """Fields of one paragraph; continuation lines stay joined by newlines, without their first blank."""
    fields: dict[str, list[str]] = {}
    goes_on: list[str] = []
    for line in text.split("\n"):
        if line[:1] in (" ", "\t") and line:
            goes_on.append(line[1:])
        elif ":" in line and not line.startswith("#"):
            name, _, value = line.partition(":")
            goes_on = fields[name] = [value.strip()]
    return {name: "\n".join(lines) for name, lines in fields.items()}


def paragraphs(text: str) -> Iterator[Paragraph]:
    """The paragraphs of a control file, in order."""
    return (parse_paragraph(part) for part in re.split(r"\n[ \t]*\n", text) if part.strip())
