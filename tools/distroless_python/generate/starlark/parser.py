"""A BUILD file's text becomes Python's tree of it, with the comments that the tree lacks."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Union

from distroless_python.generate.starlark.nodes import is_load

Located = Union[ast.expr, ast.keyword, ast.stmt]

_NEWLINE = re.compile(rb"\r\n?|\n")
_STRING_OR_COMMENT = re.compile(
    rb'"""(?:[^\\]|\\.)*?"""'
    rb"|'''(?:[^\\]|\\.)*?'''"
    rb'|"(?:[^"\\\r\n]|\\.)*"'
    rb"|'(?:[^'\\\r\n]|\\.)*'"
    rb"|(?P<comment>#[^\r\n]*)",
    re.DOTALL,
)


class StarlarkSyntaxError(Exception):
    """The text is not a BUILD file: `line` (from 1) and what the parser says."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


class Comment(NamedTuple):
    """A comment: where it starts in the file (in bytes), its text from the `#` on, what is before it on its line."""

    start: int
    text: str
    prefix: bytes

    @property
    def whole_line(self) -> bool:
        return not self.prefix.strip()


@dataclass
class BuildFile:
    """A BUILD file.

    Attributes:
        data: its bytes.
        statements: in order.
        lines: where each line starts in `data`; that of line 1 is `lines[0]`.
        comments: by their line (from 1).
    """

    data: bytes
    statements: list[ast.stmt] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    comments: dict[int, Comment] = field(default_factory=dict)

    def calls(self) -> Iterator[ast.Call]:
        """The calls among the statements, `load` not among them."""
        return (call for call in self._calls() if not is_load(call))

    def loads(self) -> Iterator[ast.Call]:
        return (call for call in self._calls() if is_load(call))

    def _calls(self) -> Iterator[ast.Call]:
        values = (statement.value for statement in self.statements if isinstance(statement, ast.Expr))
        return (value for value in values if isinstance(value, ast.Call))

    def variables(self) -> dict[str, ast.expr]:
        """The names that the file gives to values."""
        assigned = (s for s in self.statements if isinstance(s, ast.Assign) and len(s.targets) == 1)
        return {s.targets[0].id: s.value for s in assigned if isinstance(s.targets[0], ast.Name)}

    def start(self, node: Located) -> int:
        """Where a node's first byte is."""
        column: int = node.col_offset
        return self.lines[node.lineno - 1] + column

    def end(self, node: Located) -> int:
        """Where the byte after a node's last is."""
        return self.lines[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)

    def first_line(self, statement: ast.stmt) -> int:
        """The first line (from 1) of a statement, its decorators and the comments directly above it."""
        line: int = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
        while line - 1 in self.comments and self.comments[line - 1].whole_line:
            line -= 1
        return line

    def top_level_comments(self) -> Iterator[tuple[int, Comment]]:
        """The comments that have a line outside all statements for themselves, with that line."""
        inside = {line for s in self.statements for line in range(s.lineno, (s.end_lineno or s.lineno) + 1)}
        return ((n, comment) for n, comment in self.comments.items() if comment.whole_line and n not in inside)

    def comments_of(self, node: Located) -> list[str]:
        """The comments that are about a node: above it, and at the end of its last line.

        Above an argument or an element there may be empty lines between them; what stands behind an opening bracket
        is about what follows.
        """
        found = []
        before = self.data[self.lines[node.lineno - 1] : self.start(node)]
        line = node.lineno - 1
        while not before.strip() and line and (line in self.comments or not self._line(line).strip()):
            comment = self.comments.get(line)
            if comment and (comment.whole_line or comment.prefix.rstrip()[-1:] in b"([{"):
                found.append(comment.text)
            if comment and not comment.whole_line:
                break
            line -= 1
        beside = self.comments.get(node.end_lineno or 0)
        if beside and beside.start >= self.end(node) and not self.data[self.end(node) : beside.start].strip(b" \t,"):
            found.append(beside.text)
        return found

    def comments_of_rule(self, call: ast.Call) -> list[str]:
        """The comments about a call that is a statement: directly above, beside and below it."""
        statement = next(s for s in self.statements if isinstance(s, ast.Expr) and s.value is call)
        last = call.end_lineno or call.lineno
        above = range(self.first_line(statement), call.lineno)
        below = last + 1
        while below in self.comments and self.comments[below].whole_line:
            below += 1
        if any(self.first_line(other) == last + 1 for other in self.statements):
            below = last + 1
        lines = [*above, *range(last, below)]
        return [self.comments[line].text for line in lines if line in self.comments]

    def _line(self, number: int) -> bytes:
        return self.data[self.lines[number - 1] : self.lines[number]]


def parse(text: Union[str, bytes]) -> BuildFile:
    """Reads a BUILD file.

    Raises:
        StarlarkSyntaxError: it does not parse.
    """
    data = text if isinstance(text, bytes) else text.encode()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes, which do not matter here
            tree = ast.parse(data.decode())
    except SyntaxError as error:
        raise StarlarkSyntaxError(error.lineno or 1, error.msg) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise StarlarkSyntaxError(1, str(error) or "too deeply nested") from None
    lines = [0, *(match.end() for match in _NEWLINE.finditer(data))]
    file = BuildFile(data, tree.body, lines)
    number = 0
    for match in _STRING_OR_COMMENT.finditer(data):
        if match["comment"] is not None:
            while number < len(lines) and lines[number] <= match.start():
                number += 1
            prefix = data[lines[number - 1] : match.start()]
            file.comments[number] = Comment(match.start(), match["comment"].decode().strip(), prefix)
    return file
