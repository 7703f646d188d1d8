"""Reads manifests: how Starlark hands an action its inputs.

A manifest is a file of JSON objects, one a line (JSON Lines), as `ctx.actions.args()` streams them. The lines are
merged into one object: lists under the same key are joined in order, and one without a line is empty; any
other value may be given once. The last line has a key of its own, `action`, which says whose manifest it is.
"""

from __future__ import annotations

import json
from collections.abc import Container
from typing import TYPE_CHECKING, Any, TypeVar, cast

from distroless_python.decode import decode, listed
from distroless_python.errors import Problem, ToolError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

_REMEDY = "this file is written by the rules: report it, with the command that was run"


def manifest_action(path: Path | str, known: Container[str]) -> str:
    """Which of the `known` commands the last line of a manifest names.

    Raises:
        ToolError: it names none of them.
    """
    with open(path, encoding="utf-8") as file:
        last = ""
        for last in file:  # noqa: B007
            pass
    try:
        action = json.loads(last)["action"]
    except (ValueError, KeyError, TypeError):
        raise _error(path, "last line", f"names no action: {last[:80]!r}") from None
    if not isinstance(action, str) or action not in known:
        raise _error(path, "last line", f"names an unknown action: {action!r}")
    return action


def read_manifest(path: Path | str, cls: type[T]) -> T:
    """Reads a manifest into the dataclass `cls`.

    Raises:
        ToolError: the file is not a manifest, or a key is missing, unknown, twice there or of another type.
    """
    merged: dict[str, Any] = {}
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()  # not splitlines, which splits at characters that JSON strings may hold
    for number, line in enumerate(lines, 1):
        try:
            item = json.loads(line)
        except ValueError as error:
            raise _error(path, f"line {number}", f"not JSON: {error}") from None
        if not isinstance(item, dict):
            raise _error(path, f"line {number}", "not a JSON object")
        for key, value in item.items():
            if isinstance(value, list) and isinstance(merged.get(key, []), list):
                merged.setdefault(key, []).extend(value)
            elif key in merged:
                raise _error(path, f"line {number}", f"key {key!r} was given before")
            else:
                merged[key] = value
    merged.pop("action", None)
    for name in listed(cast(Any, cls)) - merged.keys():
        merged[name] = []
    result: T = decode(merged, cls, str(path), remedy=_REMEDY)
    return result


def _error(path: Path | str, member: str, reason: str) -> ToolError:
    return ToolError(Problem(str(path), reason, _REMEDY, member))
