"""What a first-party module reads and names: files beside it, resources, locales, time zones, modules in strings.

The result has the form that `source_facts` describes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, Optional

from distroless_python.python import source_imports as context
from distroless_python.python.source_imports import Version, Visitor, dotted, literal

SUSPECTS = re.compile(
    rb"__file__|sys\.path|addsitedir|open\(|read_|\bload|translation|bindtextdomain|resource|get_data|setlocale|ZoneInfo|timezone|TIME_ZONE"
    rb"|INSTALLED_APPS|MIDDLEWARE|ROOT_URLCONF|DJANGO_SETTINGS_MODULE|TEMPLATES|STATICFILES_DIRS|DIRS|PATHS|include"
    rb"|Static|Templates|truetype|fileConfig|dictConfig|import_string"
)

_SELF = "\0"
_HERE = "./"
_WRAPPERS = {"str", "os.fspath", "os.path.abspath", "os.path.realpath", "os.path.normpath", "Path", "pathlib.Path"}
_SAME = {"resolve", "absolute", "expanduser"}
_READERS = {"open", "read_text", "read_bytes"}
_READING = re.compile(
    r"open|io\.open|codecs\.open|gzip\.open|(?:pd|pandas|pl|polars)\.(?:read|scan)_\w+|(?:np|numpy|joblib|torch)\.load(?:txt)?"
    r"|(?:\w+\.)*(?:truetype|fileConfig|StaticFiles|Jinja2Templates|genfromtxt|imread)"
)
_RESOURCES = {
    "open_text",
    "read_text",
    "open_binary",
    "read_binary",
    "get_data",
    "resource_filename",
    "resource_string",
    "resource_stream",
}
_ADDERS = {"sys.path.append", "sys.path.insert", "site.addsitedir"}
_LISTS = ("INSTALLED_APPS", "MIDDLEWARE")
_TEXTS = ("ROOT_URLCONF", "TIME_ZONE", "WSGI_APPLICATION", "ASGI_APPLICATION")
_KEYS = {"DATABASES": ("ENGINE",), "LOGGING": ("class", "()")}
_FOLDERS = ("STATICFILES_DIRS", "LOCALE_PATHS", "FIXTURE_DIRS")


def find_data(tree: ast.Module, version: Optional[Version]) -> dict[str, Any]:
    """What a module reads and names, in the form of `source_facts`."""
    visitor = Reads(version)
    visitor.visit(tree.body, 0)
    return visitor.found


class Reads(Visitor):
    """Finds it, statement by statement."""

    def __init__(self, version: Optional[Version]) -> None:
        super().__init__(version)
        self.found: dict[str, Any] = {}
        self._paths: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        self._tested: set[str] = set()

    def statement(self, node: ast.stmt, context_: int) -> None:
        """Looks at the expressions of a statement, without those of statements in it."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.expr, ast.withitem)):
                for inner in ast.walk(child):
                    if isinstance(inner, ast.Call):
                        self._call(inner, context_)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    self._assign(target.id, node.value, context_, isinstance(node, ast.AugAssign))
                elif isinstance(target, ast.Subscript):
                    self._settings_module(target.slice, node.value)

    def _assign(self, name: str, value: ast.expr, context_: int, added: bool) -> None:
        path = self.path(value)
        if path is not None and not context_ & context.FUNCTION:
            self._paths[name] = path
        if context_ & context.FUNCTION or not name.isupper():
            return
        settings = self.found.setdefault("settings", {})
        if name in _LISTS:
            values = self._strings(value)
            unsure = values is None or context_ & context.MAYBE
            if unsure:
                settings.setdefault(name, ["unknown", []])[0] = "unknown"
            elif added and name in settings:
                settings[name][1] += values
            else:
                settings[name] = ["add" if added or self._extends(name, value) else "set", values]
        elif name in _TEXTS and isinstance(literal(value), str) and not context_ & context.MAYBE:
            settings[name] = ["set", [literal(value)]]
        elif name in _FOLDERS:
            self._folders(name, value)
        elif name in _KEYS:
            for key, text in _items(value):
                if key in _KEYS[name] and not context_ & context.MAYBE:
                    settings.setdefault(name, ["set", []])[1].append(text)
        elif name == "TEMPLATES":
            for inner in ast.walk(value):
                if isinstance(inner, ast.Dict):
                    for dict_key, item in zip(inner.keys, inner.values):
                        if literal(dict_key) == "DIRS":
                            self._folders(name, item)
        values = self._strings(value)
        if values is not None:
            self._lists[name] = values

    def _folders(self, name: str, value: ast.expr) -> None:
        for item in getattr(value, "elts", ()):
            path = self.path(item)
            if path and path != _SELF:
                self._add("folders", [path, name, item.lineno])

    def _extends(self, name: str, value: ast.expr) -> bool:
        return isinstance(value, ast.BinOp) and any(dotted(node) == name for node in ast.walk(value))

    def _strings(self, node: ast.expr) -> Optional[list[str]]:
        """The strings that are surely in a list, sums of lists included; None where it is not such an expression."""
        if isinstance(node, (ast.List, ast.Tuple)):
            found: list[str] = []
            for item in node.elts:
                if isinstance(item, ast.Starred):
                    found += self._strings(item.value) or []
                elif isinstance(literal(item), str):
                    found.append(literal(item))
            return found
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return [*(self._strings(node.left) or []), *(self._strings(node.right) or [])]
        if isinstance(node, ast.Name):
            return self._lists.get(node.id)
        return None

    def path(self, node: Optional[ast.expr]) -> Optional[str]:
        """A path that starts at the module's file, relative to its folder; None for any other expression."""
        if isinstance(node, ast.Name):
            return _SELF if node.id == "__file__" else self._paths.get(node.id)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
            left, right = self.path(node.left), literal(node.right)
            if left is None or not isinstance(right, str):
                return None
            return _join(
                left, right if isinstance(node.op, ast.Div) else right.lstrip("/") if right[:1] == "/" else None
            )
        if isinstance(node, ast.Attribute):
            inner = self.path(node.value)
            return _parent(inner) if inner is not None and node.attr == "parent" else None
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            inner, count = self.path(node.value.value), literal(node.slice)
            for _ in range(count + 1 if isinstance(count, int) else 0):
                inner = _parent(inner) if inner is not None else None
            return inner
        return self._path_of_call(node) if isinstance(node, ast.Call) else None

    def _path_of_call(self, node: ast.Call) -> Optional[str]:
        name = dotted(node.func)
        if name in _WRAPPERS and node.args:
            return self.path(node.args[0])
        if name == "os.path.dirname" and node.args:
            inner = self.path(node.args[0])
            return _parent(inner) if inner is not None else None
        if name == "os.path.join" and node.args:
            return _join(self.path(node.args[0]), *map(literal, node.args[1:]))
        if isinstance(node.func, ast.Attribute):
            inner = self.path(node.func.value)
            if inner is not None and node.func.attr in _SAME:
                return inner
            if inner is not None and node.func.attr == "joinpath":
                return _join(inner, *map(literal, node.args))
            if inner is not None and node.func.attr == "with_name" and node.args:
                return _join(_parent(inner), literal(node.args[0]))
        return None

    def _call(self, node: ast.Call, context_: int) -> None:
        name = dotted(node.func)
        tail = node.func.attr if isinstance(node.func, ast.Attribute) else name
        first = node.args[0] if node.args else None
        if tail in ("exists", "is_file", "is_dir", "isfile", "isdir", "mkdir", "makedirs", "touch"):
            path = self.path(first) or (self.path(node.func.value) if isinstance(node.func, ast.Attribute) else None)
            self._tested.update([path] if path else [])
        elif tail == "setdefault" and len(node.args) == 2:
            self._settings_module(node.args[0], node.args[1])
        elif tail == "setlocale" and len(node.args) == 2:
            self._named("locales", literal(node.args[1]), node, context_)
        elif name in _ADDERS and node.args:
            path = self.path(node.args[-1])
            self._add("paths", "?" if path in (None, _SELF) else path)
        elif tail == "ZoneInfo":
            self._named("zones", literal(first), node, context_)
        elif tail in _RESOURCES and name.split(".")[0] in ("importlib", "resources", "pkgutil", "pkg_resources"):
            package, path = literal(first), literal(node.args[1]) if len(node.args) > 1 else None
            package = "" if dotted(first) in ("__name__", "__package__") else package
            if isinstance(package, str) and isinstance(path, str):
                self._add("resources", [package, path, self._how(context_), node.lineno])
        else:
            self._read(name, tail, node, context_)

    def _read(self, name: str, tail: str, node: ast.Call, context_: int) -> None:
        opened: Optional[ast.expr] = None
        rest: list[ast.expr] = []
        if isinstance(node.func, ast.Attribute) and tail in _READERS and self.path(node.func.value) is not None:
            opened, rest = node.func.value, node.args
        elif _READING.fullmatch(name):
            named = [keyword.value for keyword in node.keywords if keyword.arg in ("directory", "file", "filename")]
            opened, rest = next(iter(node.args or named), None), node.args[1:]
        elif opened is None and tail in ("translation", "bindtextdomain", "install") and "gettext" in name:
            named = [keyword.value for keyword in node.keywords if keyword.arg == "localedir"]
            opened = next(iter(node.args[1:2] or named), None)
        if opened is None:
            return
        mode = (
            literal(rest[0])
            if rest and tail == "open"
            else next((literal(k.value) for k in node.keywords if k.arg == "mode"), "r")
        )
        path = self.path(opened)
        text = literal(opened)
        if (
            path is None
            and isinstance(text, str)
            and not text.startswith(("/", "~"))
            and "://" not in text
            and "/" in text
        ):
            path = _HERE + text
        if (
            path
            and path != _SELF
            and path not in self._tested
            and not (isinstance(mode, str) and set(mode) & set("wax+"))
        ):
            self._add("data", [path, self._how(context_), node.lineno])

    def _named(self, key: str, value: Any, node: ast.Call, context_: int) -> None:
        if isinstance(value, str) and value:
            self._add(key, [value, self._how(context_), node.lineno])

    def _settings_module(self, key: ast.expr, value: ast.expr) -> None:
        if literal(key) == "DJANGO_SETTINGS_MODULE" and isinstance(literal(value), str):
            self.found.setdefault("settings_module", literal(value))

    def _how(self, context_: int) -> str:
        if context_ & context.MAYBE:
            return "maybe"
        return "call" if context_ & context.FUNCTION else "main" if context_ & context.MAIN else "import"

    def _add(self, key: str, value: Any) -> None:
        values = self.found.setdefault(key, [])
        if value not in values:
            values.append(value)


def _items(node: ast.expr) -> Iterator[tuple[str, str]]:
    """Key and value of every pair of strings in a dict and those in it."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Dict):
            for key, value in zip(inner.keys, inner.values):
                if isinstance(literal(key), str) and isinstance(literal(value), str):
                    yield literal(key), literal(value)


def _parent(path: str) -> str:
    if path == _SELF:
        return ""
    if not path or path.endswith(".."):
        return f"{path}/..".lstrip("/")
    return path.rpartition("/")[0]


def _join(path: Optional[str], *parts: Any) -> Optional[str]:
    """`parts` below a folder; None where one of them is not a string, or absolute."""
    if path is None or path == _SELF or not all(isinstance(part, str) for part in parts):
        return None
    for part in parts:
        for name in part.split("/"):
            if name == "..":
                path = _parent(path)
            elif name not in ("", "."):
                path = f"{path}/{name}".lstrip("/")
    return path
