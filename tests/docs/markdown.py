"""What the tests of the documents need of Markdown: fenced blocks with the comment above each, links, anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"(?:^[ ]*<!-- (?P<mark>[^\n]*?) -->\n)?^(?P<indent>[ ]*)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.M | re.S,
)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.M)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        line: of the fence, from 1.
        mark: what the comment right above it says, without `<!--` and `-->`; empty where there is none.
        info: what is behind the backticks, for example `sh`.
        text: its lines.
    """

    line: int
    mark: str
    info: str
    text: str


def documents(root: Path) -> list[Path]:
    """The documents of the repository at `root`."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("examples/*/README.md")])


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start("info")) + 1
        indent = match["indent"]
        lines = [line.removeprefix(indent) for line in match["text"].splitlines(keepends=True)]
        yield Block(line, match["mark"] or "", match["info"].strip(), "".join(lines))


def prose(text: str) -> str:
    """The document without its fenced blocks; line numbers stay."""
    return _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)


def links(text: str) -> Iterator[tuple[int, str]]:
    """Each link's line and target."""
    for number, line in enumerate(prose(text).splitlines(), 1):
        for match in _LINK.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, match[1]


def anchors(path: Path) -> set[str]:
    """The headings of a document, as their anchors are called."""
    headings = _HEADING.findall(prose(path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
