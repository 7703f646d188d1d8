"""Reading a base's profile.json (docs/architecture.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError

_FORMAT = 1


def read_profile(path: str) -> Mapping[str, Any]:
    """The profile of a base with Python.

    Raises:
        ToolError: the file is none, or of another format, or the base has no Python.
    """
    try:
        profile = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ToolError(Problem(path, f"cannot be read: {error}", "build the base again")) from None
    if not isinstance(profile, dict) or profile.get("format") != _FORMAT:
        raise ToolError(Problem(path, f"no base profile of format {_FORMAT}", "build the base again"))
    if not profile["python"]:
        raise ToolError(Problem(path, "the base has no Python", "use a base that has one, such as distroless' python3"))
    return profile
