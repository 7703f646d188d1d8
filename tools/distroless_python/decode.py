"""Parsed JSON becomes frozen dataclasses, by their type hints: a misspelt or missing key is an error that names it."""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import types
import typing
from typing import Any

from distroless_python.errors import Problem, ToolError

REPORT = "this file is written by the rules: report it, with the command that was run"
_UNIONS: tuple[Any, ...] = (typing.Union, *((types.UnionType,) if sys.version_info >= (3, 10) else ()))


def decode(value: Any, cls: Any, subject: str, member: str = "", remedy: str = REPORT) -> Any:
    """Decodes parsed JSON into `cls`: a dataclass, a scalar, or tuple, dict and Optional of those."""
    origin, arguments = typing.get_origin(cls), typing.get_args(cls)
    if cls is Any:
        return value
    if dataclasses.is_dataclass(cls):
        return _decode_dataclass(value, cls, subject, member, remedy)
    if origin in _UNIONS:
        if value is None and type(None) in arguments:
            return None
        return decode(value, next(a for a in arguments if a is not type(None)), subject, member, remedy)
    if origin is tuple and isinstance(value, list):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(decode(v, arguments[0], subject, f"{member}[{i}]", remedy) for i, v in enumerate(value))
        if len(arguments) == len(value):
            return tuple(decode(v, a, subject, member, remedy) for v, a in zip(value, arguments))
    if origin is dict and isinstance(value, dict):
        return {k: decode(v, arguments[1], subject, f"{member}.{k}".strip("."), remedy) for k, v in value.items()}
    scalar = origin is None and isinstance(cls, type)  # on Python 3.9 tuple[str, ...] is a type as well
    if scalar and isinstance(value, cls) and not (cls is int and isinstance(value, bool)):
        return value
    raise _error(subject, member, f"expected {getattr(cls, '__name__', cls)}, found {json.dumps(value)[:80]}", remedy)


def _decode_dataclass(value: Any, cls: Any, subject: str, member: str, remedy: str) -> Any:
    if not isinstance(value, dict):
        raise _error(subject, member, f"expected an object, found {json.dumps(value)[:80]}", remedy)
    hints, required = _fields(cls)
    unknown = sorted(value.keys() - hints.keys())
    missing = sorted(required - value.keys())
    if unknown or missing:
        what = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(unknown)}"] * bool(unknown)
        raise _error(subject, member, "; ".join(what), remedy)
    return cls(**{k: decode(v, hints[k], subject, f"{member}.{k}".strip("."), remedy) for k, v in value.items()})


@functools.cache
def listed(cls: Any) -> frozenset[str]:
    """The names of a dataclass's fields that are lists of any length."""
    return frozenset(name for name, hint in _fields(cls)[0].items() if typing.get_args(hint)[1:] == (Ellipsis,))


@functools.cache
def _fields(cls: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Types of a dataclass's fields, and the names of those without a default."""
    hints = typing.get_type_hints(cls)
    fields = dataclasses.fields(cls)
    needed = (f.name for f in fields if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING)
    return {field.name: hints[field.name] for field in fields}, frozenset(needed)


def _error(subject: str, member: str, reason: str, remedy: str = REPORT) -> ToolError:
    return ToolError(Problem(subject, reason, remedy, member))
