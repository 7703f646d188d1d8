"""A tree becomes text, laid out as buildifier lays out BUILD files."""

from __future__ import annotations

from distroless_python.generate.starlark.strings import normalized_token
from distroless_python.generate.starlark.syntax import (
    Assign,
    Attribute,
    Binary,
    BuildFile,
    Call,
    CommentBlock,
    Comprehension,
    Conditional,
    Index,
    KeyValue,
    Node,
    Sequence,
    Slice,
    String,
    Token,
    Unary,
    Verbatim,
)

_INDENT = 4
_BRACKETS = {"list": "[]", "set": "{}", "dict": "{}", "tuple": "()", "paren": "()", "call": "()", "bare": ("", "")}


def print_file(file: BuildFile) -> str:
    """The text of a file."""
    return _Printer().file(file)


class _Printer:
    """Lines so far, the open one, and the comments that wait for its end."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._pending: list[str] = []
        self._margin = 0
        self._depth = 0

    def file(self, file: BuildFile) -> str:
        previous: Node | None = None
        for statement in file.statements:
            if previous is not None and not _together(previous, statement):
                self._newline()
            self._expression(statement)
            if not isinstance(statement, CommentBlock):
                self._newline()
            for comment in statement.after:
                self._line += comment
                self._newline()
            previous = statement
        return "".join(f"{line}\n" for line in self._lines)

    def _newline(self) -> None:
        """Ends the line, with the comments that wait; the next starts at the margin."""
        for number, comment in enumerate(self._pending):
            if number:
                self._lines.append(self._line.rstrip(" "))
                self._line = " " * self._margin
            else:
                self._line += "  "
            self._line += comment
        self._pending = []
        self._lines.append(self._line.rstrip(" "))
        self._line = " " * self._margin

    def _break(self) -> None:
        """Ends the line inside an expression; outside brackets that takes a backslash."""
        if self._depth:
            self._newline()
        else:
            self._lines.append(f"{self._line} \\")
            self._line = " " * self._margin

    def _expression(self, node: Node) -> None:
        if node.before:
            if self._line.strip(" "):
                self._lines.append(self._line.rstrip(" "))
            self._line = " " * self._margin
            for comment in node.before:
                self._line += comment
                self._newline()
        self._body(node)
        self._pending.extend(node.suffix)

    def _body(self, node: Node) -> None:
        if isinstance(node, Token):
            self._line += node.text
        elif isinstance(node, String):
            self._string(node)
        elif isinstance(node, Call):
            self._expression(node.function)
            self._sequence(node)
        elif isinstance(node, Sequence):
            self._sequence(node)
        elif isinstance(node, Assign):
            self._operation(node.target, node.operator, node.value, node.broken, self._margin + _INDENT)
        elif isinstance(node, Binary):
            self._operation(node.left, node.operator, node.right, node.broken, None)
        elif isinstance(node, KeyValue):
            self._parts(node.key, ": ", node.value)
        elif isinstance(node, Attribute):
            self._attribute(node)
        elif isinstance(node, Unary):
            self._line += f"{node.operator} " if node.operator == "not" else node.operator
            nested = isinstance(node.operand, Unary)
            self._line += "(" * nested
            self._expression(node.operand)
            self._line += ")" * nested
        elif isinstance(node, Index):
            self._parts(node.value, "[", node.index)
            self._line += "]"
        elif isinstance(node, Slice):
            self._slice(node)
        elif isinstance(node, Conditional):
            self._parts(node.then, " if ", node.test)
            self._line += " else "
            self._expression(node.otherwise)
        elif isinstance(node, Comprehension):
            self._comprehension(node)
        elif isinstance(node, Verbatim):
            *lines, self._line = node.text.split("\n")
            self._lines.extend(lines)

    def _string(self, node: String) -> None:
        first, *rest = normalized_token(node).split("\n")
        self._line += first
        for line in rest:
            self._lines.append(self._line)
            self._line = line

    def _parts(self, left: Node, between: str, right: Node) -> None:
        self._expression(left)
        self._line += between
        self._expression(right)

    def _operation(self, left: Node, operator: str, right: Node, broken: bool, margin: int | None) -> None:
        outer = self._margin
        if broken:
            self._margin = len(self._line) if margin is None else len(self._line) + _INDENT
        self._expression(left)
        self._line += f" {operator}"
        if broken:
            self._break()
        else:
            self._line += " "
        self._expression(right)
        self._margin = outer

    def _attribute(self, node: Attribute) -> None:
        self._expression(node.value)
        if node.broken:
            self._margin += _INDENT
            self._break()
            self._margin -= _INDENT
        self._line += f".{node.name}"

    def _slice(self, node: Slice) -> None:
        if node.lower:
            self._expression(node.lower)
        self._line += ":"
        if node.upper:
            self._expression(node.upper)
        if node.stepped:
            self._line += ":"
            if node.step:
                self._expression(node.step)

    def _sequence(self, node: Sequence) -> None:
        opening, closing = _BRACKETS[node.kind]
        self._line += opening
        self._depth += 1
        if _on_one_line(node):
            for number, item in enumerate(node.items):
                self._line += ", " if number else ""
                self._expression(item)
            if node.kind == "tuple" and len(node.items) == 1:
                self._line += ","
        else:
            self._margin += _INDENT
            for number, item in enumerate(node.items):
                if number == 0 and self._pending:
                    self._lines.append(self._line.rstrip(" "))
                    self._line = " " * (self._margin - 2)
                self._newline()
                self._expression(item)
                if number + 1 < len(node.items) or _takes_comma(node, item):
                    self._line += ","
            for comment in node.tail.before:
                self._newline()
                self._line += comment
            self._margin -= _INDENT
            self._newline()
        self._line += closing
        self._depth -= 1

    def _comprehension(self, node: Comprehension) -> None:
        multiline = node.multiline or bool(node.tail.before)
        self._line += node.brackets[0]
        self._depth += 1
        if multiline:
            self._margin += _INDENT
            self._newline()
        self._expression(node.body)
        for clause in node.clauses:
            if multiline:
                self._break()
            else:
                self._line += " "
            self._clause(clause)
        if multiline:
            for comment in node.tail.before:
                self._newline()
                self._line += comment
            self._margin -= _INDENT
            self._newline()
        self._line += node.brackets[1]
        self._depth -= 1

    def _clause(self, clause: Node) -> None:
        target, value = getattr(clause, "target", None), getattr(clause, "value", None)
        if clause.before:
            self._expression(Token(before=clause.before))
        self._line += "for " if target is not None else "if "
        if target is not None:
            self._expression(target)
            self._line += " in "
        if value is not None:
            self._expression(value)
        self._pending.extend(clause.suffix)


def _together(above: Node, below: Node) -> bool:
    """Whether no empty line is between two statements: `load` statements stand together."""
    if below.before or above.after:
        return False
    return all(isinstance(s, Call) and s.is_load for s in (above, below))


def _on_one_line(node: Sequence) -> bool:
    if any(item.before or item.suffix for item in node.items) or node.tail.before:
        return False
    if node.kind == "bare" or (node.kind == "call" and not node.items and not node.multiline):
        return True
    return not node.multiline and (node.compact or len(node.items) <= 1)


def _takes_comma(node: Sequence, item: Node) -> bool:
    if node.kind == "call":
        return not (isinstance(item, Unary) and item.operator in ("*", "**"))
    return node.kind != "paren"
