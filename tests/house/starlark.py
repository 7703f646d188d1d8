"""The .bzl files of rules/, read as syntax: Starlark is syntactically Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Module:
    """A .bzl file.

    Attributes:
        path: below the workspace, `rules/private/wheel/wheel.bzl`.
        tree: its syntax.
    """

    path: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    def calls(self, name: str) -> Iterator[ast.Call]:
        """The calls of a function, `fail` or `load`, in the order they stand."""
        found = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return (call for call in found if ast.unparse(call.func) == name)

    def assigned(self, function: str) -> Iterator[str]:
        """The names at the top that what a function returns is given to: of `rule`, the rules."""
        for node in self.tree.body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and ast.unparse(node.value.func) == function
            ):
                target = node.targets[0]
                yield ast.unparse(target.elts[0] if isinstance(target, ast.Tuple) else target)

    def loads(self) -> Iterator[str]:
        """The labels that it loads from."""
        return (text(call.args[0]) for call in self.calls("load"))


def text(node: ast.expr) -> str:
    """A string literal's value, else an empty string."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@cache
def modules(root: Path) -> tuple[Module, ...]:
    """All of rules/, by path."""
    paths = sorted((root / "rules").rglob("*.bzl"))
    return tuple(Module(path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"))) for path in paths)
