"""`--add-server`: a line more in the requirements."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from distroless_python.errors import Problem, ToolError

_FILES = ("requirements.in", "requirements.txt", "pyproject.toml")
_DEPENDENCIES = re.compile(r"^(dependencies\s*=\s*\[)([^\]]*)(\])", re.MULTILINE)


def add_requirement(root: Path, name: str) -> Optional[tuple[str, str, str]]:
    """The requirements file of a workspace with a requirement more: its path, old and new text; None where it is there.

    Raises:
        ToolError: there is no file that is understood.
    """
    for path in _FILES:
        try:
            old = (root / path).read_text(encoding="utf-8")
        except OSError:
            continue
        if re.search(rf"""(?:^|["'\s]){re.escape(name)}(?![\w-])""", old, re.MULTILINE | re.IGNORECASE):
            return None
        if not path.endswith(".toml"):
            return path, old, f"{old.rstrip()}\n{name}\n".lstrip("\n")
        found = _DEPENDENCIES.search(old)
        if found:
            items = found[2].rstrip().rstrip(",")
            line = f"{items},\n    " if "\n" in found[2] else f"{items}, " if items.strip() else ""
            end = ",\n" if "\n" in found[2] else ""
            return path, old, f'{old[: found.start()]}{found[1]}{line}"{name}"{end}{found[3]}{old[found.end() :]}'
    reason = f"there is no {', '.join(_FILES[:-1])} or {_FILES[-1]} with dependencies at the root to add {name} to"
    raise ToolError(Problem("--add-server", reason, f"add {name} where your requirements are, and lock"))
