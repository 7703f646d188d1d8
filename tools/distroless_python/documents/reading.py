"""Reads the JSON documents that actions hand each other: each says its `kind` and `format`.

A worker stays, and the documents of a wheel or a base are inputs of many actions, so what was read is kept. It is found
by the file's path and identity: a file that is written again is another one.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from distroless_python.decode import REPORT
from distroless_python.errors import Problem, ToolError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

_KEPT = 4096
"""Documents; of a thousand images on one base, that is every wheel's twice."""

_kept: OrderedDict[tuple[object, ...], Any] = OrderedDict()


def read_document(path: Path | str, kind: str, number: int, parse: Callable[[dict[str, Any], str], T]) -> T:
    """Reads a document, or takes the one that was read before.

    Args:
        path: the file.
        kind: what `kind` has to be.
        number: what `format` has to be.
        parse: makes the result of the members, without these two; it is given the path for messages. What it returns
            is shared by all readers of the file, so it must not be changed.

    Raises:
        ToolError: the file cannot be read, or is another document.
    """
    subject = str(path)
    try:
        status = os.stat(path)
        key = (parse, os.path.abspath(path), status.st_ino, status.st_size, status.st_mtime_ns)
        if key in _kept:
            _kept.move_to_end(key)
            return cast(T, _kept[key])
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise ToolError(Problem(subject, f"cannot be read: {error}", REPORT)) from None
    found = {name: value.pop(name, None) for name in ("kind", "format")} if isinstance(value, dict) else {}
    if found != {"kind": kind, "format": number}:
        reason = f"is not a {kind} document of format {number}: it says {found or type(value).__name__}"
        raise ToolError(Problem(subject, reason, REPORT))
    _kept[key] = result = parse(value, subject)
    if len(_kept) > _KEPT:
        _kept.popitem(last=False)
    return result
