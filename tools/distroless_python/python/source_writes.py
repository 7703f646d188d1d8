"""Where a first-party module writes: databases of SQLite, logs, folders that it makes, uploads.

A path is relative to the module's folder; with `./` to the working directory, with `@instance` to Flask's instance
folder. Absolute paths are not told, nor those that are computed.
"""

from __future__ import annotations

import ast
import re
from typing import Optional

from distroless_python.python.source_data import Reads
from distroless_python.python.source_imports import dotted, literal

FILE, FOLDER, SQLITE = "file", "folder", "sqlite"
"""Kinds of paths; `sqlite` is that of a relative URL, which Flask-SQLAlchemy takes for one in the instance folder."""

INSTANCE = "@instance"
HERE = "./"

_SUSPECTS = re.compile(rb"mkdir|makedirs|sqlite|FileHandler|basicConfig|MEDIA_ROOT|UPLOAD_FOLDER|instance_|LOGGING")
_URL = "sqlite:///"
_FOLDERS = ("MEDIA_ROOT", "UPLOAD_FOLDER")
_HANDLERS = ("FileHandler", "RotatingFileHandler", "TimedRotatingFileHandler", "WatchedFileHandler")
_PLAIN = re.compile(r"(?:\./)?[\w@][\w.@ -]*(?:/[\w.@ -]+)*/?")


def find_writes(tree: ast.Module, content: bytes) -> tuple[tuple[str, str], ...]:
    """Pairs of kind and path."""
    if not _SUSPECTS.search(content):
        return ()
    visitor = _Writes()
    visitor.visit(tree.body, 0)
    return tuple(visitor.written)


class _Writes(Reads):
    def __init__(self) -> None:
        super().__init__(None)
        self.written: dict[tuple[str, str], None] = {}

    def statement(self, node: ast.stmt, context_: int) -> None:
        super().statement(node, context_)
        for child in ast.iter_child_nodes(node):
            for inner in ast.walk(child) if isinstance(child, ast.expr) else ():
                self._url(inner)
        key = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(key, ast.Subscript) and literal(key.slice) in _FOLDERS:
            self._found(FOLDER, node.value)

    def _assign(self, name: str, value: ast.expr, context_: int, added: bool) -> None:
        super()._assign(name, value, context_, added)
        if name in _FOLDERS:
            self._found(FOLDER, value)
        elif name in ("DATABASES", "LOGGING"):
            for inner in ast.walk(value):
                items = {literal(k): v for k, v in zip(inner.keys, inner.values)} if isinstance(inner, ast.Dict) else {}
                engine = literal(items.get("ENGINE"))
                if isinstance(engine, str) and engine.endswith("sqlite3"):
                    self._found(FILE, items.get("NAME"))
                if name == "LOGGING":
                    self._found(FILE, items.get("filename"))

    def _call(self, node: ast.Call, context_: int) -> None:
        super()._call(node, context_)
        name, first = dotted(node.func), node.args[0] if node.args else None
        tail = node.func.attr if isinstance(node.func, ast.Attribute) else name
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if tail in ("makedirs", "mkdir") and name.startswith("os."):
            self._found(FOLDER, first)
        elif tail == "mkdir" and isinstance(node.func, ast.Attribute):
            self._found(FOLDER, node.func.value)
        elif name in ("sqlite3.connect", "aiosqlite.connect"):
            self._found(FILE, first)
        elif tail in _HANDLERS:
            self._found(FILE, keywords.get("filename", first))
        elif tail == "basicConfig":
            self._found(FILE, keywords.get("filename"))
        elif literal(keywords.get("instance_relative_config")):
            self.written[FOLDER, INSTANCE] = None

    def _found(self, kind: str, node: Optional[ast.expr]) -> None:
        path = self.path(node)
        if path is None and isinstance(node, ast.Call) and dotted(node.func) in ("Path", "pathlib.Path", "str"):
            node = node.args[0] if len(node.args) == 1 else None
        text = literal(node)
        if isinstance(text, str) and _PLAIN.fullmatch(text):
            path = HERE + text.rstrip("/").removeprefix("./")
        elif path is None and dotted(node).endswith(".instance_path"):
            kind, path = FOLDER, INSTANCE
        if path and "\0" not in path:
            self.written[kind, path] = None

    def _url(self, node: ast.AST) -> None:
        """A URL of SQLAlchemy's: a literal, or one that a path is added to."""
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if str(literal(node.left)).endswith(_URL):
                self._found(FILE, node.right)
        elif isinstance(node, ast.JoinedStr) and len(node.values) > 1:
            begin, value, *rest = node.values
            path = self.path(value.value) if isinstance(value, ast.FormattedValue) else None
            texts = [literal(part) for part in rest]
            if str(literal(begin)).endswith(_URL) and path is not None and all(isinstance(text, str) for text in texts):
                self.written[FILE, f"{path}{''.join(texts)}".lstrip("/")] = None
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            url = node.value.partition("?")[0]
            path = url.partition(_URL)[2]
            if re.match(r"sqlite(\+\w+)?:///", url) and _PLAIN.fullmatch(path):
                self.written[SQLITE, HERE + path.removeprefix("./")] = None
