"""Modules that a program names in strings, where the string is sure to be one.

- `importlib.import_module("a.b")`, `__import__("a.b")`, `pytest.importorskip("a")`, `pytest_plugins = ["a.b"]`
- Django: `INSTALLED_APPS`, `MIDDLEWARE` and the other settings, `include("app.urls")`, `DJANGO_SETTINGS_MODULE`

and the pytest plugins that give the fixtures and marks a test uses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

from distroless_python.generate.read.facts import Import, named_module
from distroless_python.generate.read.strings import SUSPECTS, strings_of

_SUSPECTS = re.compile(
    rb"import_module|__import__|importorskip|pytest|INSTALLED_APPS|STATIC_ROOT|DJANGO_SETTINGS_MODULE|django\.urls"
    rb"|def test_|" + SUSPECTS
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_FOLDER = re.compile(r"[\w-]+(/[\w-]+)*/?")
_FOLDER_SETTINGS = ("TEMPLATES", "STATICFILES_DIRS", "LOCALE_PATHS", "FIXTURE_DIRS")
_APPLICATIONS = {"WSGI_APPLICATION", "ASGI_APPLICATION"}
"""Django's settings that name what imports them: to follow them would close a cycle."""
_IMPORTERS = {"import_module", "__import__", "importorskip"}
_MARKS = {"asyncio": "pytest_asyncio", "anyio": "anyio", "django_db": "pytest_django", "urls": "pytest_django"}
_FIXTURES = {
    "mocker": "pytest_mock",
    "class_mocker": "pytest_mock",
    "module_mocker": "pytest_mock",
    "session_mocker": "pytest_mock",
    "benchmark": "pytest_benchmark",
    "freezer": "pytest_freezer",
    "httpx_mock": "pytest_httpx",
    "requests_mock": "requests_mock",
    "aiohttp_client": "pytest_aiohttp",
    "snapshot": "syrupy",
    "db": "pytest_django",
    "transactional_db": "pytest_django",
    "admin_client": "pytest_django",
    "django_user_model": "pytest_django",
    "django_assert_num_queries": "pytest_django",
    "rf": "pytest_django",
}


@dataclass(frozen=True)
class DynamicNames:
    """What is named in strings: see `SourceFacts` for the fields."""

    imports: tuple[Import, ...] = ()
    plugins: tuple[str, ...] = ()
    django_settings: str = ""
    django_apps: tuple[str, ...] = ()
    django_folders: tuple[str, ...] = ()
    static_root: bool = False

    @staticmethod
    def suspected(content: bytes) -> bool:
        """Whether it is worth looking at the expressions of a source."""
        return _SUSPECTS.search(content) is not None


def find_dynamic_names(tree: ast.Module, content: bytes) -> DynamicNames:
    """Looks at every expression of a source."""
    imports = list(_settings_strings(tree)) + list(_plugin_strings(tree))
    settings, plugins = "", set()
    for node in ast.walk(tree):
        imports += strings_of(node)
        if isinstance(node, ast.Call):
            imports += _call(node)
            settings = settings or _environment_default(node)
        elif isinstance(node, ast.Assign):
            settings = settings or _environment_item(node)
        elif isinstance(node, ast.Attribute):
            if node.attr in _MARKS and isinstance(node.value, ast.Attribute) and node.value.attr == "mark":
                plugins.add(_MARKS[node.attr])
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            plugins |= _fixtures(node)
    if settings:
        imports.append(named_module(settings, 1))
    apps = tuple(_strings(_top_level_value(tree, "INSTALLED_APPS")))
    folders = {text for name in _FOLDER_SETTINGS for text in _strings(_top_level_value(tree, name))}
    folders = {text for text in folders if apps and _FOLDER.fullmatch(text)}
    static = _top_level_value(tree, "STATIC_ROOT")
    collects = static is not None and not (isinstance(static, ast.Constant) and not static.value)
    return DynamicNames(tuple(imports), tuple(sorted(plugins)), settings, apps, tuple(sorted(folders)), collects)


def _call(node: ast.Call) -> Iterator[Import]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0] if node.args else None
    if name == "include" and isinstance(first, ast.Tuple) and first.elts:
        first = first.elts[0]  # include(("app.urls", "app"))
    value = first.value if isinstance(first, ast.Constant) else None
    if not isinstance(value, str) or not value:
        return
    if name in _IMPORTERS and not value.startswith("."):
        optional = name == "importorskip"
        yield named_module(value, node.lineno)._replace(optional=optional)
    elif name == "include" and _DOTTED.fullmatch(value):
        yield named_module(value, node.lineno)


def _environment_default(node: ast.Call) -> str:
    """`os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")`."""
    if isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault" and len(node.args) == 2:
        return _setting(node.args[0], node.args[1])
    return ""


def _environment_item(node: ast.Assign) -> str:
    """`os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"`."""
    target = node.targets[0]
    return _setting(target.slice, node.value) if isinstance(target, ast.Subscript) else ""


def _setting(key: ast.expr, value: ast.expr) -> str:
    if isinstance(key, ast.Constant) and key.value == "DJANGO_SETTINGS_MODULE" and isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else ""
    return ""


def _settings_strings(tree: ast.Module) -> Iterator[Import]:
    """Every dotted name in the upper-case variables of a settings module."""
    if _top_level_value(tree, "INSTALLED_APPS") is None and _top_level_value(tree, "ROOT_URLCONF") is None:
        return
    for node in tree.body:
        names = [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        if any(name.isupper() for name in names) and not _APPLICATIONS.intersection(names):
            for constant in ast.walk(node):
                value = constant.value if isinstance(constant, ast.Constant) else None
                if isinstance(value, str) and (_DOTTED.fullmatch(value) or "INSTALLED_APPS" in names):
                    module, _, name = value.rpartition(".")  # a module, or something in one
                    line = getattr(constant, "lineno", 1)
                    yield named_module(module or name, line, (name,) if module else ())


def _plugin_strings(tree: ast.Module) -> Iterator[Import]:
    value = _top_level_value(tree, "pytest_plugins")
    for name in _strings(value):
        yield named_module(name, getattr(value, "lineno", 1))


def _top_level_value(tree: ast.Module, name: str) -> Optional[ast.expr]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            return node.value
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return node.value
    return None


def _strings(value: Optional[ast.expr]) -> Iterator[str]:
    for node in ast.walk(value) if value is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _fixtures(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    return {_FIXTURES[name] for name in arguments & _FIXTURES.keys()}
