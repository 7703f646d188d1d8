"""The table `build-system` of a pyproject.toml.

Read by hand, for tomllib came with Python 3.11: keys of strings and of arrays of strings are all that the table has.
https://packaging.python.org/en/latest/specifications/pyproject-toml/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

LEGACY = "setuptools.build_meta:__legacy__"

_HEADER = re.compile(r"^[ \t]*\[[ \t]*build-system[ \t]*\][ \t]*(?:#.*)?$", re.MULTILINE)
_NEXT_HEADER = re.compile(r"^[ \t]*\[[^\]\n]*\][ \t]*(?:#.*)?$", re.MULTILINE)
_TOKEN = re.compile(
    r"""[ \t\r\n]+ | \#[^\n]* | (?P<key>[A-Za-z0-9_-]+)[ \t]*= | (?P<punctuation>[\[\],])
    | "(?P<basic>(?:[^"\\\n]|\\.)*)" | '(?P<literal>[^'\n]*)'""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

Value = Union[str, list[str]]


class NotToml(ValueError):
    """It is not a table, or has what it cannot have; the message says where."""


@dataclass(frozen=True)
class BuildSystem:
    """How a project is built.

    Attributes:
        requires: requirements as they stand there.
        backend: `module` or `module:object`.
        path: directories of the project that the backend is in.
    """

    requires: tuple[str, ...] = ("setuptools",)
    backend: str = LEGACY
    path: tuple[str, ...] = ()


def parse(text: str) -> BuildSystem:
    """The table of a pyproject.toml; of one without it, the defaults.

    Raises:
        NotToml: the table cannot be read.
    """
    header = _HEADER.search(text)
    if not header:
        return BuildSystem()
    body = text[header.end() :]
    values = _values(body)
    requires, backend = values.get("requires", ["setuptools"]), values.get("build-backend", LEGACY)
    path = values.get("backend-path", [])
    if isinstance(requires, str) or isinstance(path, str) or not isinstance(backend, str):
        raise NotToml("a value of [build-system] is of another type")
    return BuildSystem(tuple(requires), backend, tuple(path))


def _values(text: str) -> dict[str, Value]:
    values: dict[str, Value] = {}
    key, array = "", None
    position = 0
    while position < len(text):
        if array is None and _NEXT_HEADER.match(text, position):
            break
        match = _TOKEN.match(text, position)
        if not match:
            raise NotToml(f"[build-system]: {text[position : position + 40].splitlines()[0]!r} is not understood")
        position = match.end()
        kind = match.lastgroup
        if kind == "key":
            key = match["key"]
        elif kind == "punctuation" and match["punctuation"] == "[" and array is None:
            array = values[key] = []
        elif kind == "punctuation" and match["punctuation"] == "]":
            array = None
        elif kind in ("basic", "literal"):
            value = match["literal"] if kind == "literal" else _ESCAPE.sub(_unescape, match["basic"])
            if array is None:
                values[key] = value
            else:
                array.append(value)
    return values


def _unescape(match: re.Match[str]) -> str:
    word = match[1]
    return chr(int(word[1:], 16)) if len(word) > 1 else _ESCAPES.get(word, word)
