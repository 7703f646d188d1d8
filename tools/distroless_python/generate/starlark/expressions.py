"""Expressions of Python's parser become expressions of a BUILD file, with the layout that has to survive."""

from __future__ import annotations

import ast

from distroless_python.generate.starlark.syntax import (
    Assign,
    Attribute,
    Binary,
    Call,
    Clause,
    Comprehension,
    Conditional,
    Index,
    KeyValue,
    Node,
    Position,
    Sequence,
    Slice,
    String,
    Tail,
    Token,
    Unary,
)
from distroless_python.generate.starlark.tokens import Tokens

_BINARY: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.And: "and",
    ast.Or: "or",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.USub: "-",
    ast.UAdd: "+",
    ast.Invert: "~",
    ast.Not: "not",
}


class Unsupported(Exception):
    """A piece of Python that no BUILD file has."""


class Converter:
    """Converts the expressions of one source."""

    def __init__(self, lines: list[str], tokens: Tokens) -> None:
        self._lines = lines
        self._ascii = [line.isascii() for line in lines]
        self._tokens = tokens

    def convert(self, node: ast.expr) -> Node:
        """The node, in the round brackets that stand around it.

        Raises:
            Unsupported: it has no place in a BUILD file.
        """
        result = self._convert(node)
        tokens = self._tokens
        first, last = tokens.starts[result.start] - 1, tokens.ends[result.end] + 1
        while first in tokens.grouping and tokens.match.get(first) == last:
            start, end = tokens.positions[first], _after(tokens.positions[last])
            result = Sequence(
                start=start,
                end=end,
                kind="paren",
                items=[result],
                tail=Tail(start=tokens.positions[last], end=end),
                multiline=_multiline(start, [result], tokens.positions[last]),
            )
            first, last = first - 1, last + 1
        return result

    def augmented(self, node: ast.AugAssign) -> str:
        """The operator of `a += b`."""
        return self._operator(node.op) + "="

    def _convert(self, node: ast.expr) -> Node:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            raise Unsupported(type(node).__name__)
        result: Node = method(node)
        result.start, result.end = self._span(node)
        return result

    def _span(self, node: ast.AST) -> tuple[Position, Position]:
        line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
        end_line, end_column = node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
        return (line, self._column(line, column)), (end_line, self._column(end_line, end_column))

    def _column(self, line: int, offset: int) -> int:
        """Python's parser counts bytes, its tokenizer characters."""
        if self._ascii[line - 1]:
            return offset
        return len(self._lines[line - 1].encode()[:offset].decode(errors="replace"))

    def _token_text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        index = self._tokens.starts.get(start)
        if index is None or index != self._tokens.ends.get(end):
            raise Unsupported("adjacent strings")
        return self._tokens.texts[index]

    def _operator(self, operator: ast.AST) -> str:
        if type(operator) not in _BINARY:
            raise Unsupported(type(operator).__name__)
        return _BINARY[type(operator)]

    def _name(self, node: ast.Name) -> Node:
        return Token(text=node.id)

    def _constant(self, node: ast.Constant) -> Node:
        text = self._token_text(node)
        if isinstance(node.value, str):
            if text[0] not in "r\"'":
                raise Unsupported("string prefix")
            return String(token=text, value=node.value)
        if isinstance(node.value, (bytes, complex, type(...))):
            raise Unsupported("literal")
        return Token(text=text)

    def _attribute(self, node: ast.Attribute) -> Node:
        value = self.convert(node.value)
        return Attribute(value=value, name=node.attr, broken=value.end[0] != node.end_lineno)

    def _subscript(self, node: ast.Subscript) -> Node:
        return Index(value=self.convert(node.value), index=self.convert_slice(node.slice))

    def convert_slice(self, node: ast.expr) -> Node:
        """What is in the square brackets."""
        if not isinstance(node, ast.Slice):
            return self.convert(node)
        parts = [self.convert(part) if part else None for part in (node.lower, node.upper, node.step)]
        result = Slice(lower=parts[0], upper=parts[1], step=parts[2])
        result.start, result.end = self._span(node)
        result.stepped = self._colons(result.start, result.end) == 2
        return result

    def _colons(self, start: Position, end: Position) -> int:
        """How many colons stand between two places, none of them in brackets."""
        tokens, colons = self._tokens, 0
        index = tokens.starts[start]
        while index <= tokens.ends[end]:
            colons += tokens.texts[index] == ":"
            index = tokens.match.get(index, index) + 1
        return colons

    def _unaryop(self, node: ast.UnaryOp) -> Node:
        return Unary(operator=self._operator(node.op), operand=self.convert(node.operand))

    def _starred(self, node: ast.Starred) -> Node:
        return Unary(operator="*", operand=self.convert(node.value))

    def _binop(self, node: ast.BinOp) -> Node:
        return _binary(self.convert(node.left), self._operator(node.op), self.convert(node.right))

    def _boolop(self, node: ast.BoolOp) -> Node:
        operator = self._operator(node.op)
        result = self.convert(node.values[0])
        for value in node.values[1:]:
            result = _binary(result, operator, self.convert(value))
        return result

    def _compare(self, node: ast.Compare) -> Node:
        result = self.convert(node.left)
        for operator, value in zip(node.ops, node.comparators):
            result = _binary(result, self._operator(operator), self.convert(value))
        return result

    def _ifexp(self, node: ast.IfExp) -> Node:
        return Conditional(
            then=self.convert(node.body), test=self.convert(node.test), otherwise=self.convert(node.orelse)
        )

    def _list(self, node: ast.List) -> Node:
        return self._sequence("list", node, [self.convert(item) for item in node.elts])

    def _set(self, node: ast.Set) -> Node:
        return self._sequence("set", node, [self.convert(item) for item in node.elts])

    def _tuple(self, node: ast.Tuple) -> Node:
        items = [self.convert(item) for item in node.elts]
        start, end = self._span(node)
        first = self._tokens.starts[start]
        if self._tokens.texts[first] != "(" or self._tokens.match.get(first) != self._tokens.ends[end]:
            return Sequence(kind="bare", items=items)
        return self._sequence("tuple", node, items)

    def _dict(self, node: ast.Dict) -> Node:
        return self._sequence("dict", node, [self._pair(k, v) for k, v in zip(node.keys, node.values)])

    def _pair(self, key: ast.expr | None, value: ast.expr) -> KeyValue:
        if key is None:
            raise Unsupported("** in a dictionary")
        left, right = self.convert(key), self.convert(value)
        return KeyValue(start=left.start, end=right.end, key=left, value=right)

    def _sequence(self, kind: str, node: ast.expr, items: list[Node]) -> Sequence:
        start, end = self._span(node)
        return self._bracketed(Sequence(kind=kind, items=items), start, end)

    def _bracketed(self, result: Sequence, start: Position, end: Position) -> Sequence:
        closing = self._tokens.positions[self._tokens.ends[end]]
        result.tail = Tail(start=closing, end=end)
        result.multiline = _multiline(start, result.items, closing)
        result.compact = result.kind in ("call", "tuple") and _compact(start, result.items, closing)
        return result

    def _call(self, node: ast.Call) -> Node:
        arguments: list[Node] = [self.convert(item) for item in node.args]
        arguments += [self._keyword(keyword) for keyword in node.keywords]
        arguments.sort(key=lambda argument: argument.start)
        function = self.convert(node.func)
        closing = self._tokens.ends[self._span(node)[1]]
        opening = self._tokens.positions[self._tokens.match[closing]]
        result = Call(items=arguments, function=function)
        self._bracketed(result, opening, self._span(node)[1])
        if result.is_load:
            result.compact = opening[0] == result.tail.start[0]
            result.multiline = False
        return result

    def _keyword(self, node: ast.keyword) -> Node:
        value = self.convert(node.value)
        start, _ = self._span(node)
        if node.arg is None:
            return Unary(start=start, end=value.end, operator="**", operand=value)
        name = Token(start=start, end=(start[0], start[1] + len(node.arg)), text=node.arg)
        return Assign(start=start, end=value.end, target=name, value=value, broken=start[0] < value.start[0])

    def _listcomp(self, node: ast.ListComp) -> Node:
        return self._comprehension("[]", node, self.convert(node.elt), node.generators)

    def _dictcomp(self, node: ast.DictComp) -> Node:
        return self._comprehension("{}", node, self._pair(node.key, node.value), node.generators)

    def _comprehension(
        self, brackets: str, node: ast.expr, body: Node, generators: list[ast.comprehension]
    ) -> Comprehension:
        clauses: list[Clause] = []
        for generator in generators:
            target, value = self.convert(generator.target), self.convert(generator.iter)
            clauses.append(Clause(start=self._keyword_before(target), end=value.end, target=target, value=value))
            for condition in generator.ifs:
                value = self.convert(condition)
                clauses.append(Clause(start=self._keyword_before(value), end=value.end, value=value))
        start, end = self._span(node)
        closing = self._tokens.positions[self._tokens.ends[end]]
        edges = [start[0], *(line for part in (body, *clauses) for line in (part.start[0], part.end[0])), closing[0]]
        return Comprehension(
            brackets=brackets,
            body=body,
            clauses=clauses,
            tail=Tail(start=closing, end=end),
            multiline=any(edges[i] != edges[i + 1] for i in range(0, len(edges), 2)),
        )

    def _keyword_before(self, node: Node) -> Position:
        return self._tokens.positions[self._tokens.starts[node.start] - 1]


def _after(position: Position) -> Position:
    return position[0], position[1] + 1


def _binary(left: Node, operator: str, right: Node) -> Binary:
    return Binary(
        start=left.start,
        end=right.end,
        operator=operator,
        left=left,
        right=right,
        broken=left.end[0] < right.start[0],
    )


def _multiline(start: Position, items: list[Node], closing: Position) -> bool:
    """Whether one element, or none, is written over several lines: then it stays so."""
    if len(items) > 1:
        return False
    if not items:
        return start[0] != closing[0]
    return start[0] != items[0].start[0] or closing[0] != items[0].end[0]


def _compact(start: Position, items: list[Node], closing: Position) -> bool:
    """Whether several simple elements follow each other without a line break: then they stay so."""
    line = start[0]
    for item in items:
        if item.start[0] != line or not _simple(item):
            return False
        line = item.end[0]
    return len(items) > 1 and closing[0] == line


def _simple(node: Node) -> bool:
    if isinstance(node, Unary):
        return isinstance(node.operand, Token)
    if isinstance(node, Sequence) and not isinstance(node, Call):
        return not node.items and node.kind != "paren"
    return isinstance(node, (Token, String))
