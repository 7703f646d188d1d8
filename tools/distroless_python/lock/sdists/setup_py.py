"""What a setup.py passes to `setup`, as far as it is written there: nothing is run."""

from __future__ import annotations

import ast
from typing import Any, Optional

UNKNOWN = object()
"""The value of an argument that only running the file tells."""


class SetupCall:
    """The one call of `setup` in a setup.py.

    Args:
        text: the file.
    """

    def __init__(self, text: str) -> None:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            tree = ast.Module(body=[], type_ignores=[])
        self._names = _constants(tree)
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "setup"]
        self._call = calls[0] if len(calls) == 1 else None

    @property
    def readable(self) -> bool:
        """Whether every argument has its name there: none comes by `**`."""
        return bool(self._call) and all(keyword.arg for keyword in self._keywords)

    def has(self, name: str) -> bool:
        """Whether an argument is given."""
        return any(keyword.arg == name for keyword in self._keywords)

    def value(self, name: str) -> Any:
        """An argument's value; None if it is not given, UNKNOWN if it is computed."""
        for keyword in self._keywords:
            if keyword.arg == name:
                return self._evaluate(keyword.value)
        return None

    @property
    def _keywords(self) -> list[ast.keyword]:
        return self._call.keywords if self._call else []

    def _evaluate(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            known = self._names.get(node.id)
            return self._evaluate(known) if known is not None and not isinstance(known, ast.Name) else UNKNOWN
        if isinstance(node, (ast.List, ast.Tuple)):
            values = [self._evaluate(item) for item in node.elts]
            return UNKNOWN if any(value is UNKNOWN for value in values) else values
        if isinstance(node, ast.Dict):
            keys = [self._evaluate(key) if key else UNKNOWN for key in node.keys]
            values = [self._evaluate(value) for value in node.values]
            return UNKNOWN if any(item is UNKNOWN for item in (*keys, *values)) else dict(zip(keys, values))
        return node.value if isinstance(node, ast.Constant) else UNKNOWN


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def _constants(tree: ast.Module) -> dict[str, Optional[ast.expr]]:
    """Names that the file sets once, at its top, and touches nowhere else; to None where it does."""
    found: dict[str, Optional[ast.expr]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                found[target.id] = None if target.id in found else statement.value
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            touched: ast.AST = node.target if isinstance(node, ast.AugAssign) else node.func
            while isinstance(touched, (ast.Attribute, ast.Subscript)):
                touched = touched.value
            if isinstance(touched, ast.Name):
                found[touched.id] = None
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            found[node.value.id] = None
    stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {name: value if stored.count(name) == 1 else None for name, value in found.items()}
