"""An image's config: its types are checked once, so that all readers can rely on them.

https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
"""

from __future__ import annotations

import json
import re
from typing import Any

from distroless_python.errors import Collector

_REMEDY = "the image is damaged: make or pull it again"
_STRING, _STRINGS, _TEXTS = "a string", "a list of strings", "an object of strings"
_OBJECT, _OBJECTS = "an object", "a list of objects"
_BOOLEAN, _TIME = "true or false", "a time (RFC 3339)"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_CONFIG = {
    "architecture": _STRING,
    "os": _STRING,
    "variant": _STRING,
    "os.version": _STRING,
    "config": _OBJECT,
    "rootfs": _OBJECT,
    "history": _OBJECTS,
}
_EXECUTION = {
    "Entrypoint": _STRINGS,
    "Cmd": _STRINGS,
    "Env": _STRINGS,
    "User": _STRING,
    "WorkingDir": _STRING,
    "StopSignal": _STRING,
    "Labels": _TEXTS,
    "ExposedPorts": _OBJECT,
    "Volumes": _OBJECT,
    "Healthcheck": _OBJECT,
    "OnBuild": _STRINGS,
    "Shell": _STRINGS,
}
_HISTORY = {
    "created": _TIME,
    "created_by": _STRING,
    "author": _STRING,
    "comment": _STRING,
    "empty_layer": _BOOLEAN,
}


def check(config: dict[str, Any], subject: str) -> None:
    """Checks the members that are read here, or go into another image; null counts as absent.

    Raises:
        ToolError: a member has another type than the specification says; with all of them.
    """
    problems = Collector()
    _check(config, _CONFIG, "", subject, problems)
    problems.raise_if_any()
    _check(config.get("config") or {}, _EXECUTION, "config.", subject, problems)
    _check(config.get("rootfs") or {}, {"diff_ids": _STRINGS}, "rootfs.", subject, problems)
    for number, entry in enumerate(config.get("history") or ()):
        _check(entry, _HISTORY, f"history[{number}].", subject, problems)
    problems.raise_if_any()


def _check(value: dict[str, Any], types: dict[str, str], prefix: str, subject: str, problems: Collector) -> None:
    for name, wanted in types.items():
        found = value.get(name)
        if found is not None and not _is(found, wanted):
            reason = f"is {json.dumps(found)[:80]} where {wanted} is expected"
            problems.add(subject, reason, _REMEDY, f"{prefix}{name}")


def _is(value: Any, wanted: str) -> bool:
    if wanted == _STRINGS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if wanted == _OBJECTS:
        return isinstance(value, list) and all(isinstance(item, dict) for item in value)
    if wanted == _TEXTS:
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if wanted == _TIME:
        return isinstance(value, str) and _RFC_3339.fullmatch(value) is not None
    return isinstance(value, {_OBJECT: dict, _BOOLEAN: bool, _STRING: str}[wanted])
