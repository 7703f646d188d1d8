"""Values as buildifier writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from distroless_python.generate.starlark.order import argument_key

INDENT = "    "
_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\\": "\\", '"': '"'}


@dataclass(frozen=True)
class Globbed:
    """`glob([PATTERNS])`, and the labels that are added to it."""

    patterns: Sequence[str]
    labels: Sequence[str] = ()


Value = Union[
    str,
    int,
    Sequence[str],
    Mapping[str, str],
    Mapping[str, Sequence[str]],
    Mapping[str, Mapping[str, str]],
    Globbed,
]


def value_text(value: Value, indent: str = "") -> str:
    """A value as an expression; `indent` is that of the line it starts on."""
    if isinstance(value, str):
        return '"' + "".join(f"\\{_ESCAPES[c]}" if c in _ESCAPES else c for c in value) + '"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Globbed):
        return f"glob({value_text(value.patterns, indent)})" + plus(value.labels, indent)
    if isinstance(value, Mapping):
        pairs = [f"{value_text(key)}: {value_text(item, indent + INDENT)}" for key, item in value.items()]
        return "{" + broken(pairs, indent) + "}"
    items = [value_text(item) for item in value]
    return "[" + (broken(items, indent) if len(items) > 1 else "".join(items)) + "]"


def plus(added: Sequence[str], indent: str) -> str:
    """What is put behind a list to add values to it."""
    return f" + {value_text(added, indent)}" if added else ""


def call_text(function: str, arguments: Mapping[str, Value]) -> str:
    """A call with named arguments as a statement; those without a value are left out."""
    named = sorted(
        ((name, value) for name, value in arguments.items() if value), key=lambda pair: argument_key(pair[0])
    )
    return f"{function}({broken([f'{name} = {value_text(value, INDENT)}' for name, value in named], '')})"


def broken(items: Sequence[str], indent: str) -> str:
    """Items on a line each, between brackets on a line with this indent."""
    return "".join(f"\n{indent}{INDENT}{item}," for item in items) + f"\n{indent}"
