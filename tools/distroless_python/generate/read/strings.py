"""Modules that frameworks import by a string: settings, tasks, handlers, and the drivers of databases by their URL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from distroless_python.generate.read.facts import Import, named_module

SUSPECTS = (
    rb"import_string|from_object|autodiscover_tasks|include=|\bhost\(|patch\(|[\"'](?:class|\(\)|ENGINE)[\"']|://"
)
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_URL = re.compile(
    r"(postgres(?:ql)?|mysql|mariadb|mssql|oracle|sqlite|redis|rediss|mongodb)(?:\+(\w+))?://.*", re.DOTALL
)
_IMPORTERS = {"import_string", "patch"}
_KEYS = {"class", "()"}
_DRIVERS = {
    "postgresql": ("psycopg", "psycopg2"),
    "postgres": ("psycopg", "psycopg2"),
    "postgis": ("psycopg", "psycopg2"),
    "mysql": ("MySQLdb", "pymysql"),
    "mariadb": ("MySQLdb", "pymysql"),
    "mssql": ("pyodbc",),
    "oracle": ("oracledb", "cx_Oracle"),
    "redis": ("redis",),
    "rediss": ("redis",),
    "mongodb": ("pymongo",),
}


def strings_of(node: ast.AST) -> Iterator[Import]:
    """The modules that strings in an expression name; one that is not there is not missed."""
    if isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            name, text = _text(key), _text(value)
            if name in _KEYS and _DOTTED.fullmatch(text):
                yield _member(text, node.lineno)
            elif name == "ENGINE" and _DOTTED.fullmatch(text):
                yield from (named_module(driver, node.lineno) for driver in _DRIVERS.get(text.rpartition(".")[2], ()))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        match = _URL.fullmatch(node.value)
        if match:
            drivers = (match[2],) if match[2] else _DRIVERS.get(match[1], ())
            yield from (named_module(driver, node.lineno) for driver in drivers)


def _call(node: ast.Call) -> Iterator[Import]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    texts = [_text(argument) for argument in node.args]
    if name in _IMPORTERS and texts and _DOTTED.fullmatch(texts[0]):
        yield _member(texts[0], node.lineno)
    elif name == "from_object" and texts and re.fullmatch(r"\w+(\.\w+)*", texts[0]):
        yield named_module(texts[0], node.lineno)
        if "." in texts[0]:
            yield _member(texts[0], node.lineno)
    elif name == "host" and len(texts) > 1 and _DOTTED.fullmatch(texts[1]):
        yield named_module(texts[1], node.lineno)
    elif name == "autodiscover_tasks":
        for text in _texts(node.args[0] if node.args else None):
            yield named_module(f"{text}.tasks", node.lineno)
    elif name == "Celery":
        for keyword in node.keywords:
            if keyword.arg == "include":
                yield from (named_module(text, node.lineno) for text in _texts(keyword.value))


def _member(text: str, line: int) -> Import:
    """Something in a module, or a module."""
    module, _, name = text.rpartition(".")
    return named_module(module, line, (name,))


def _text(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _texts(node: ast.AST | None) -> list[str]:
    return [_text(item) for item in node.elts if _text(item)] if isinstance(node, (ast.List, ast.Tuple)) else []
