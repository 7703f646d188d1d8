"""Where the tables of a TOML file begin, for errors: tomllib does not say."""

from __future__ import annotations

import re
from pathlib import Path

from distroless_python.lock.sources import read_text


def table_lines(path: Path, name: str, count: int) -> list[str]:
    """The line of each `[[name]]`, as `line 12`; by number where they are not written as tables of their own."""
    text = read_text(path)
    starts = [match.start() for match in re.finditer(rf"^\[\[{name}\]\]", text, re.MULTILINE)]
    if len(starts) != count:
        return [f"{name}[{number}]" for number in range(count)]
    return [f"line {text.count(chr(10), 0, start) + 1}" for start in starts]
