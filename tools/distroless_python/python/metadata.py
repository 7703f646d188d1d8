"""The text files of a `.dist-info` directory: METADATA, WHEEL, entry_points.txt, RECORD.

https://packaging.python.org/en/latest/specifications/core-metadata/
https://packaging.python.org/en/latest/specifications/entry-points/
https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import base64
import csv
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Headers = dict[str, list[str]]
"""Values by lower-case field name, in the file's order."""


_HEADER = re.compile(r"[!-9;-~]+:")
_LINE_END = re.compile(r"\r\n?|\n")


def parse_headers(text: str) -> Headers:
    """The fields of METADATA or WHEEL as Python's `email` has them, which pip and importlib.metadata read them with.

    Lines end with CR or LF, and with nothing else; the first one that is neither a field nor the rest of one begins
    the body, which is left out.
    """
    found: list[tuple[str, list[str]]] = []
    goes_on: list[str] = []
    for line in _LINE_END.split(text):
        if line[:1] in (" ", "\t") and line:
            goes_on.append(line)
        elif header := _HEADER.match(line):
            goes_on = [line[header.end() :]]
            found.append((header[0][:-1].lower(), goes_on))
        elif line.startswith(("From ", ":")):  # ignored, with what follows
            goes_on = []
        else:
            break
    headers: Headers = {}
    for name, lines in found:
        headers.setdefault(name, []).append("\n".join(lines).strip(" \t\n"))
    return headers


def first(headers: Headers, name: str) -> str:
    """A field's first value; empty if there is none."""
    return next(iter(headers.get(name, ())), "")


def parse_entry_points(text: str) -> dict[str, dict[str, str]]:
    """Groups of entry points: name to object reference, extras left out.

    Raises:
        ValueError: a line is not a section, entry or comment.
    """
    groups: dict[str, dict[str, str]] = {}
    group: dict[str, str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("[") and line.endswith("]"):
            group = groups.setdefault(line.strip("[]"), {})
            continue
        name, equals, value = line.partition("=")
        if group is None or not equals or not name.strip():
            raise ValueError(f"line {number} is not an entry point: {line[:80]!r}")
        group[name.strip()] = re.sub(r"\s*\[.*\]\s*$", "", value).strip()
    return groups


STRONG = ("sha256=", "sha384=", "sha512=")
"""How a hash in RECORD may start: the specification asks for SHA-256 or better."""


class Recorded(NamedTuple):
    """A row of RECORD: `hash` is `sha256=<urlsafe base64>` or empty, `size` is empty where it is not said."""

    path: str
    hash: str = ""
    size: str = ""


_HEX = re.compile(r"(sha256=[0-9a-fA-F]{64}|sha384=[0-9a-fA-F]{96}|sha512=[0-9a-fA-F]{128})")


def base64_hash(text: str) -> str:
    """A strong hash as RECORD should write it; some write it in hexadecimal. Any other text as it is."""
    if not _HEX.fullmatch(text):
        return text
    algorithm, _, digits = text.partition("=")
    return encode_hash(bytes.fromhex(digits), algorithm)


def parse_record(text: str) -> Iterator[Recorded]:
    """The rows of a RECORD, one after the other: there may be a million.

    Raises:
        ValueError: a row has another number of columns.
    """
    try:
        for number, row in enumerate(csv.reader(_lines(text), strict=True), 1):
            if not row:
                continue
            if len(row) != 3:
                raise ValueError(f"row {number} has {len(row)} columns, not 3: {','.join(row)[:80]!r}")
            yield Recorded(*row)
    except csv.Error as error:
        raise ValueError(str(error)) from None


def format_record(rows: Iterable[Recorded]) -> bytes:
    """A RECORD, sorted by path."""
    written: list[bytes] = []
    csv.writer(_Encoder(written), lineterminator="\n").writerows(sorted(rows))
    return b"".join(written)


class _Encoder:
    """Where csv writes to. io.StringIO would take four bytes a character, and RECORDs can be long."""

    def __init__(self, written: list[bytes]) -> None:
        self._written = written

    def write(self, text: str) -> None:
        self._written.append(text.encode())


def _lines(text: str) -> Iterator[str]:
    """Lines with their line feeds, and nothing else taken for the end of one."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def encode_hash(digest: bytes, algorithm: str = "sha256") -> str:
    """A digest as RECORD writes it."""
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode('ascii').rstrip('=')}"
