"""The table of docs/explanation/architecture.md: which folder of the Python package imports from which."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "distroless_python"
ROOT = Path("tools") / PACKAGE
_ROW = re.compile(r"\| `(\w+)/` \| [^|]+ \| ([^|]*) \|")


def documented() -> dict[str, set[str]]:
    """The table's rows, in its order: a folder, and those that it imports from."""
    rows = _ROW.findall(Path("docs/explanation/architecture.md").read_text(encoding="utf-8"))
    return {folder: set(re.findall(r"`(\w+)`", imports)) for folder, imports in rows}


def imported() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        folder = path.relative_to(ROOT).parts[0]
        if path.parent != ROOT and "_vendor" not in path.parts:
            found[folder] |= {name for name in _folders(path) if (ROOT / name).is_dir()} - {folder}
    return found


def _folders(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith(f"{PACKAGE}."))


def test_every_folder_imports_what_the_table_says() -> None:
    found = imported()
    assert {folder: sorted(found[folder]) for folder in sorted(found)} == {
        folder: sorted(names) for folder, names in sorted(documented().items())
    }


def test_no_folder_imports_from_one_above_it() -> None:
    table = documented()
    order = list(table)
    assert len(order) > 15
    above = {(folder, name) for folder in order for name in table[folder] if order.index(name) < order.index(folder)}
    assert above == set()
