"""What a BUILD file's tree says: names of functions, arguments, `load` statements."""

from __future__ import annotations

import ast
from typing import Optional, Union

Item = Union[ast.expr, ast.keyword]
"""An argument of a call, or an element of a list."""


def dotted(node: ast.AST) -> str:
    """`a.b.c` of nested attributes of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and dotted(node.value):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def is_call(node: ast.AST, name: str) -> bool:
    """Whether a node is a call of the function of a dotted name."""
    return isinstance(node, ast.Call) and dotted(node.func) == name


def is_load(node: ast.AST) -> bool:
    return is_call(node, "load")


def items_of(node: Union[ast.Call, ast.List]) -> list[Item]:
    """A call's arguments or a list's elements, in the order of the text."""
    if isinstance(node, ast.List):
        return list(node.elts)
    return sorted([*node.args, *node.keywords], key=lambda item: (item.lineno, item.col_offset))


def argument(call: ast.Call, name: str) -> Optional[ast.keyword]:
    """The named argument `name`."""
    return next((keyword for keyword in call.keywords if keyword.arg == name), None)


def string_value(node: Optional[ast.AST]) -> Optional[str]:
    """The value of a string literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def text_argument(call: ast.Call, name: str) -> str:
    """The value of the named argument `name` where it is a string literal, else an empty string."""
    found = argument(call, name)
    return string_value(found.value) or "" if found else ""


def first_text(call: ast.Call) -> str:
    """The value of the first positional argument where it is a string literal, else an empty string."""
    return string_value(call.args[0]) or "" if call.args else ""


def module_of(load: ast.Call) -> str:
    """The label of the file that is loaded."""
    return first_text(load)


def symbols_of(load: ast.Call) -> dict[str, str]:
    """The name here to the name in the loaded file."""
    plain = {string_value(item) or "": string_value(item) or "" for item in load.args[1:]}
    renamed = {keyword.arg or "": string_value(keyword.value) or "" for keyword in load.keywords}
    return {name: other for name, other in {**plain, **renamed}.items() if name and other}
