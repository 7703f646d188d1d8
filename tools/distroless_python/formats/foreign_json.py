"""JSON that others wrote: images, locks. What comes out can be written again, and walked without a limit of depth."""

from __future__ import annotations

import json
import re
from typing import Any

from distroless_python.errors import Problem, ToolError

MAX_DEPTH = 64
"""Objects and lists in each other. Manifests have 4, image configs 5, locks 6."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse(data: bytes, subject: str, remedy: str, member: str = "") -> Any:
    """Parses JSON.

    Args:
        data: the bytes; the caller limits their size.
        subject: what it is, for the message.
        remedy: what to do if it is wrong.
        member: where it is inside of `subject`.

    Raises:
        ToolError: it is not JSON, is nested too deep, or has text that cannot be written as UTF-8.
    """
    try:
        value = json.loads(data)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ToolError(
            Problem(subject, "is JSON with half a surrogate pair, which is not text", remedy, member)
        ) from None
    except ValueError as error:
        raise ToolError(Problem(subject, f"is not JSON: {error}", remedy, member)) from None
    except RecursionError:
        raise ToolError(Problem(subject, _DEEP, remedy, member)) from None
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for item in level for child in _children(item)]
    if level:
        raise ToolError(Problem(subject, _DEEP, remedy, member))
    return value


_DEEP = f"is JSON whose objects and lists are nested more than {MAX_DEPTH} deep"


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
