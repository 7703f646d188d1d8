"""A statement of a BUILD file with the text around it, which can be changed in places."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Optional, Union

from distroless_python.generate.starlark.nodes import Item, is_load, items_of
from distroless_python.generate.starlark.parser import BuildFile, Located, parse
from distroless_python.generate.starlark.values import INDENT, broken

Entry = Union[int, str]
"""An item that a call or list is to have: the index of one that it has, or the text of a new one."""

_CLOSERS = re.compile(rb"(?:\s*\))*")
_COMMA = re.compile(rb"((?:#[^\r\n]*|[^,#])*?),")
_END_OF_LINE = re.compile(rb"[ \t]*(?:#[^\r\n]*)?(?=\r|\n)")
_END_OF_STATEMENT = re.compile(rb"[ \t;]*(?:#[^\r\n]*)?(?:\r\n?|\n|\Z)|")


class Block:
    """The comments above a statement, the statement, and all that is between it and the next one's comments.

    Attributes:
        data: the text. What comes before the first statement of a file is a block without a statement.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._file: Optional[BuildFile] = None

    @property
    def file(self) -> BuildFile:
        """The block, read by itself."""
        if self._file is None or self._file.data is not self.data:
            self._file = parse(self.data)
        return self._file

    @property
    def value(self) -> Optional[ast.expr]:
        """The expression that the statement consists of."""
        statement = self.file.statements[0] if self.file.statements else None
        return statement.value if isinstance(statement, ast.Expr) else None

    @property
    def call(self) -> Optional[ast.Call]:
        return self.value if isinstance(self.value, ast.Call) else None

    @property
    def rule(self) -> ast.Call:
        """The call that the statement consists of, in a block that has one."""
        assert self.call is not None
        return self.call

    @property
    def load(self) -> Optional[ast.Call]:
        return self.call if self.call and is_load(self.call) else None

    def parts(self) -> tuple[bytes, bytes, bytes]:
        """The comment lines above the statement, its own lines, and the rest."""
        statement = self.file.statements[0]
        start = self.file.lines[statement.lineno - 1]
        end = _match_end(_END_OF_STATEMENT, self.data, self.file.end(statement))
        return self.data[:start], self.data[start:end], self.data[end:]

    def replace(self, start: int, end: int, text: str) -> None:
        """Puts text where bytes of the block were."""
        newline = b"\r\n" if b"\r\n" in self.data else b"\n"
        new = text.encode().replace(b"\r\n", b"\n").replace(b"\n", newline)
        self.data = self.data[:start] + new + self.data[end:]

    def set(self, node: Located, text: str) -> None:
        """Replaces a node."""
        self.replace(self.file.start(node), self.file.end(node), text)

    def set_value(self, argument: ast.keyword, text: str) -> None:
        """Replaces the value of a named argument, and the round brackets that stand around it."""
        start, end = self.file.start(argument), self.file.end(argument.value)
        opened = self.data[start : self.file.start(argument.value)].count(b"(")
        if opened:
            start = self.data.index(b"(", start)
            end = _match_end(re.compile(rb"(?:\s*\)){%d}" % opened), self.data, end)
        else:
            start = self.file.start(argument.value)
        self.replace(start, end, text)

    def indent(self, node: Located) -> str:
        """The blanks at the start of the line on which a node starts."""
        line = self.data[self.file.lines[node.lineno - 1] :]
        return line[: len(line) - len(line.lstrip(b" \t"))].decode()

    def has_comments(self, node: Located) -> bool:
        """Whether comments stand inside a node."""
        return any(self.file.start(node) < c.start < self.file.end(node) for c in self.file.comments.values())

    def inner_indent(self, node: Union[ast.Call, ast.List]) -> str:
        """The blanks before an item of a call or list that has a line for itself."""
        items = items_of(node)
        on_line = items and not self.data[self.file.lines[items[0].lineno - 1] : self.file.start(items[0])].strip()
        return self.indent(items[0]) if on_line else self.indent(node) + INDENT

    def set_items(self, node: Union[ast.Call, ast.List], entries: Sequence[Entry]) -> None:
        """Gives a call or list the items of `entries`, old ones with their comments."""
        items, is_list = items_of(node), isinstance(node, ast.List)
        bracket = (
            self.data.index(b"(", self.file.end(node.func)) if isinstance(node, ast.Call) else self.file.start(node)
        )
        start, end = bracket + 1, self.file.end(node) - 1
        chunks, tail = self._chunks(items, start, end)
        on_lines = bool(items) and b"\n" in self.data[start : self.file.start(items[0])] and tail[:1] in (b"\r", b"\n")
        if self.has_comments(node) or (on_lines and not (is_list and len(entries) <= 1)):
            inner = self.inner_indent(node)
            texts = [f"\n{inner}{entry}," if isinstance(entry, str) else chunks[entry] for entry in entries]
            self.replace(start, end, "".join(texts) + tail.decode())
            return
        texts = [entry if isinstance(entry, str) else chunks[entry].strip().rstrip(",") for entry in entries]
        one_line = is_load(node) or (is_list and len(texts) <= 1)
        self.replace(start, end, ", ".join(texts) if one_line else broken(texts, self.indent(node)))

    def _chunks(self, items: Sequence[Item], start: int, end: int) -> tuple[list[str], bytes]:
        """Each item with the comments above and beside it and a comma; and what comes after the last."""
        chunks = []
        limits = [*(self.file.start(item) for item in items[1:]), end]
        for item, limit in zip(items, limits):
            stop = self.file.end(item)
            comma = _COMMA.match(self.data, stop, limit)
            stop = comma.end(1) if comma else _match_end(_CLOSERS, self.data, stop, limit)
            starred = isinstance(item, ast.Starred) or (isinstance(item, ast.keyword) and item.arg is None)
            text = self.data[start:stop] + (b"" if starred and not comma else b",")
            stop += bool(comma)
            start = _match_end(_END_OF_LINE, self.data, stop, limit)
            chunks.append((text + self.data[stop:start]).decode())
        return chunks, self.data[start:end]


def _match_end(pattern: re.Pattern[bytes], data: bytes, start: int, limit: Optional[int] = None) -> int:
    """Where the text that matches at `start` ends; `start` where nothing does."""
    match = pattern.match(data, start, len(data) if limit is None else limit)
    return match.end() if match else start


def split(data: bytes) -> Iterator[Block]:
    """The blocks of a file, which make up its text.

    Raises:
        StarlarkSyntaxError: it does not parse.
    """
    file = parse(data)
    last = end = 0
    for statement in file.statements:
        start = file.lines[file.first_line(statement) - 1]
        start = start if start >= end else file.start(statement)
        if start > last:
            yield Block(data[last:start])
        last, end = start, file.end(statement)
    if data[last:]:
        yield Block(data[last:])
