"""A BUILD file's text becomes a tree."""

from __future__ import annotations

import ast
import tokenize
from typing import Union

from distroless_python.generate.starlark.comments import place_comments
from distroless_python.generate.starlark.expressions import Converter, Unsupported
from distroless_python.generate.starlark.syntax import Assign, BuildFile, Node, Verbatim
from distroless_python.generate.starlark.tokens import read_tokens


class StarlarkSyntaxError(Exception):
    """The text is not a BUILD file: `line` (from 1) and what the parser says."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def parse(text: str) -> BuildFile:
    """Reads a BUILD file.

    Raises:
        StarlarkSyntaxError: it does not parse.
    """
    text = text.replace("\r\n", "\n")
    try:
        tree = ast.parse(text)
        tokens = read_tokens(text)
    except SyntaxError as error:
        raise StarlarkSyntaxError(error.lineno or 1, error.msg) from None
    except tokenize.TokenError as error:
        raise StarlarkSyntaxError(error.args[1][0], error.args[0]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise StarlarkSyntaxError(1, str(error) or "too deeply nested") from None
    lines = text.split("\n")
    converter = Converter(lines, tokens)
    statements = [_statement(statement, converter, lines) for statement in tree.body]
    _check_lines_apart(statements)
    return BuildFile(place_comments(statements, tokens.comments))


def _statement(statement: ast.stmt, converter: Converter, lines: list[str]) -> Node:
    try:
        if isinstance(statement, ast.Expr):
            return converter.convert(statement.value)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            return _assign(statement.targets[0], "=", statement.value, converter)
        if isinstance(statement, ast.AugAssign):
            return _assign(statement.target, converter.augmented(statement), statement.value, converter)
    except Unsupported:
        pass
    return _verbatim(statement, lines)


def _assign(target: ast.expr, operator: str, value: ast.expr, converter: Converter) -> Assign:
    left, right = converter.convert(target), converter.convert(value)
    return Assign(
        start=left.start,
        end=right.end,
        operator=operator,
        target=left,
        value=right,
        broken=left.end[0] < right.start[0],
    )


def _verbatim(statement: Union[ast.stmt, ast.FunctionDef], lines: list[str]) -> Verbatim:
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(d.lineno for d in decorators)])
    last = statement.end_lineno or first
    text = "\n".join(lines[first - 1 : last])
    return Verbatim(start=(first, 0), end=(last, len(lines[last - 1])), text=text)


def _check_lines_apart(statements: list[Node]) -> None:
    """A statement that is kept as it is written must have its lines for itself."""
    for one, other in zip(statements, statements[1:]):
        if one.end[0] == other.start[0] and (isinstance(one, Verbatim) or isinstance(other, Verbatim)):
            raise StarlarkSyntaxError(
                one.end[0], "two statements on one line, one of which has no place in a BUILD file"
            )
