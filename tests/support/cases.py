"""Test cases of one text file each, in the spirit of txtar: what is shown, then sections.

    One line or more that say what is shown.
    -- before: shop/cart.py --
    import yaml
    -- messages --

A section lasts until the next line of that form. Its text is taken byte for byte, unless the line says
`-- before: shop/latin.py (escaped) --`: then name and text are written with the escapes of a Python bytes literal
(`\\xe9`, `\\\\`, and a backslash at the end of a line for no newline there). What a text file does not carry safely is
escaped: bytes that are not UTF-8, blanks at a line's end, no newline at the end, lines that look like a section's.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

HEADER = re.compile(rb"^-- (?P<name>[^\n]*?)(?P<escaped> \(escaped\))? --\n", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """A test case: `about` says what is shown, `sections` has bytes by name (`before: shop/cart.py`), in order."""

    about: str
    sections: dict[str, bytes]

    def files(self, kind: str) -> dict[str, bytes]:
        """The sections `KIND: PATH` by their path."""
        prefix = f"{kind}: "
        return {name[len(prefix) :]: body for name, body in self.sections.items() if name.startswith(prefix)}

    def text(self, name: str) -> str:
        """A section's text; empty where the case has no such section."""
        return self.sections.get(name, b"").decode()


def parse(data: bytes) -> Case:
    """The case that a file's bytes describe; ValueError for a section that is there twice."""
    headers = list(HEADER.finditer(data))
    ends = [*(header.start() for header in headers), len(data)]
    sections: dict[str, bytes] = {}
    for header, end in zip(headers, ends[1:]):
        name, body = header["name"], data[header.end() : end]
        if header["escaped"]:
            name, body = unescape(name), unescape(body)
        if os.fsdecode(name) in sections:
            raise ValueError(f"two sections named {os.fsdecode(name)!r}")
        sections[os.fsdecode(name)] = body
    return Case(data[: ends[0]].decode(), sections)


def render(case: Case) -> bytes:
    """The bytes of a case's file: `parse` gives the same case back."""
    parts = [case.about.encode()]
    for name, body in case.sections.items():
        encoded = os.fsencode(name)
        if is_plain(encoded + b"\n") and is_plain(body):
            parts.append(b"-- %s --\n%s" % (encoded, body))
        else:
            newline = b"" if not body or body.endswith(b"\n") else b"\\\n"
            parts.append(b"-- %s (escaped) --\n%s%s" % (escape(encoded), escape(body), newline))
    return b"".join(parts)


def load(path: Path) -> Case:
    """The case in a file."""
    return parse(path.read_bytes())


def is_plain(body: bytes) -> bool:
    """Whether bytes can stand in a case's file as they are."""
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError:
        return False
    return lines.pop() == "" and all(
        line.replace("\t", " ").isprintable() and line == line.rstrip() and not line.startswith("-- ") for line in lines
    )


def escape(body: bytes) -> bytes:
    """Bytes as printable ASCII, line by line."""
    lines = (line.decode("latin-1").encode("unicode_escape") for line in body.split(b"\n"))
    return b"\n".join(re.sub(rb" $", rb"\\x20", re.sub(rb"^-", rb"\\x2d", line)) for line in lines)


def unescape(text: bytes) -> bytes:
    """The bytes that escaped text stands for."""
    return text.decode("unicode_escape").encode("latin-1")
