"""Paths of data files that a source opens: literals, whatever they are joined to.

`HERE / "data" / "train.csv"`, `os.path.join(ROOT, "assets", "logo.png")`, `open("conf/app.toml")`, `localedir="po"`.
Whether there is such a file beside the source, or in a folder around it, is not known here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Optional

_SUSPECTS = re.compile(
    rb"__file__|open\(|read_(csv|json|text|bytes|parquet|excel)|resources|pkgutil|load\(|directory|_folder|Loader"
    rb"|translation|Path\(|glob\("
)
_PATH = re.compile(r"(\.{1,2}/)*[\w-][\w.@-]*(/[\w.@-]+)*/?")
_NAME = re.compile(r"[\w.@-]*[\w-]\.[A-Za-z]\w{0,7}")
_ALEMBIC = re.compile(rb"from alembic import (?:\w+, *)*context|alembic\.context")
_OF_ALEMBIC = ("alembic.ini", "script.py.mako")
_JOINERS = {"join", "joinpath"}
_FOLDER_TAKERS = {
    "FileSystemLoader",
    "PackageLoader",
    "Jinja2Templates",
    "StaticFiles",
    "translation",
    "Path",
    "install",
}
_FOLDER_KEYS = {"directory", "template_folder", "static_folder", "localedir", "searchpath"}
_MOST = 100
"""Paths of one source; more are a list of something else."""


def data_paths(tree: ast.Module, content: bytes) -> tuple[str, ...]:
    """The paths, without `./` in front; `..` stays."""
    found: dict[str, None] = dict.fromkeys(_OF_ALEMBIC) if _ALEMBIC.search(content) else {}
    if not _SUSPECTS.search(content):
        return tuple(found)
    for node in ast.walk(tree):
        for path in _paths(node):
            if _PATH.fullmatch(path):
                found[path.strip("/").removeprefix("./")] = None
    return tuple(found) if len(found) <= _MOST else ()


def _paths(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        yield "/".join(_divided(node))
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [_text(argument) for argument in node.args]
        if name in _JOINERS:
            yield "/".join(reversed(_until_none(reversed(texts))))
        elif name in _FOLDER_TAKERS:
            yield from (text for text in texts if text)
        yield from (text for key in node.keywords if key.arg in _FOLDER_KEYS and (text := _text(key.value)))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_file(node.value):
        yield node.value


def _is_file(text: str) -> bool:
    return len(text) < 200 and not text.startswith("/") and bool(_NAME.fullmatch(text.rpartition("/")[2]))


def _divided(node: ast.expr) -> list[str]:
    """The texts at the end of `a / "b" / "c"`."""
    parts: list[Optional[str]] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts.append(_text(node.right))
        node = node.left
    return _until_none(iter(parts))[::-1]


def _until_none(parts: Iterator[Optional[str]]) -> list[str]:
    found = []
    for part in parts:
        if part is None:
            break
        found.append(part)
    return found


def _text(node: ast.expr) -> Optional[str]:
    return node.value.strip("/") if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
