"""Writes rules/private/actions/sources.bzl: the sources that each command of actions/main.py imports.

An action has these as inputs and no others, so a change re-runs only the actions that it can change. Run it after a
change of imports: `python3 tools/action_sources.py`; a test says when.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

TOOLS = Path(__file__).parent
PACKAGE = "distroless_python"
TABLE = TOOLS.parent / "rules/private/actions/sources.bzl"

# Commands of one group have the union of their sources, so that one persistent worker may run them all.
GROUPS = {
    "layer": (
        "app-layer",
        "deb-layer",
        "layer-group",
        "ld-cache",
        "python-layer",
        "stub-modules",
        "tree-layer",
        "unpack-wheel",
        "wheel-layer",
    ),
    "base": ("base", "interpreter", "packages-interpreter", "profile", "stdlib-bytecode"),
    "image": ("image", "index", "layout", "oci-parts", "sbom", "tarball", "verify"),
    "report": ("report",),
    "sdist": ("wheel-from-sdist",),
    "test": ("django-static", "image-run", "image-starts", "image-test"),
    "deliver": ("load", "push", "push-all", "venv"),
}
STARTED_BY_PATH = {"layer/bytecode.py": ("layer/compile_worker.py",)}
"""A module to those that it starts as programs and does not import."""

HEADER = '''"""The sources of each group of commands. Written by tools/action_sources.py; do not edit."""

visibility(["//rules/private/..."])

'''


def imported(path: str) -> Iterator[str]:
    """The modules of the package that a module imports at any time: paths below the package."""
    parents = path.removesuffix(".py").split("/")[:-1]
    for node in _nodes(ast.parse((TOOLS / PACKAGE / path).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([PACKAGE, *parents[: len(parents) - node.level + 1]]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.split(".")[0] == PACKAGE:
                yield from _files(name.split(".")[1:])


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """A tree's nodes, without what only type checkers see."""
    yield node
    is_typing = isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
    for child in node.orelse if isinstance(node, ast.If) and is_typing else ast.iter_child_nodes(node):
        yield from _nodes(child)


def _files(parts: list[str]) -> Iterator[str]:
    """The files that importing a dotted name loads; its last part may be no module but a name in one."""
    for length in range(len(parts) + 1):
        for file in ("/".join([*parts[:length], "__init__.py"]), "/".join(parts[:length]) + ".py"):
            if (TOOLS / PACKAGE / file).is_file():
                yield file


def sources(commands: tuple[str, ...]) -> list[str]:
    """All that some commands need, sorted."""
    pending = ["actions/main.py", *(f"actions/{command.replace('-', '_')}.py" for command in commands)]
    found: set[str] = set()
    while pending:
        path = pending.pop()
        if path not in found:
            found.add(path)
            pending += [*imported(path), *STARTED_BY_PATH.get(path, ())]
    return sorted(found)


def table() -> str:
    """The text of sources.bzl."""
    groups = "".join(f'    "{c}": "{group}",\n' for c, group in sorted((c, g) for g, cs in GROUPS.items() for c in cs))
    lists = ""
    for group, commands in sorted(GROUPS.items()):
        lists += f'    "{group}": [\n' + "".join(f'        "{path}",\n' for path in sources(commands)) + "    ],\n"
    return f"{HEADER}GROUPS = {{\n{groups}}}\n\nSOURCES = {{\n{lists}}}\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    sys.stdout.write(f"wrote {TABLE}\n")
