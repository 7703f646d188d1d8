"""Scripts that start the image's Python by its absolute path: the image has neither a shell nor `env`."""

from __future__ import annotations

import re

from distroless_python.formats.source import Source

_REFERENCE = re.compile(r"{0}\s*:\s*{0}".format(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"))
GROUPS = ("console_scripts", "gui_scripts")

_PLACEHOLDERS = (b"#!python", b"#!/dev/null")
"""How a first line starts that an installer replaces: in wheels, and in what rules_python extracted from one."""
_LONGEST = max(map(len, _PLACEHOLDERS))


def entry_point(executable: str, reference: str) -> bytes:
    """The script for an entry point `module:object.attribute`."""
    module, _, attributes = (part.strip() for part in reference.partition(":"))
    name = attributes.partition(".")[0]
    lines = (
        f"#!{executable}",
        "import sys",
        f"from {module} import {name}",
        "",
        'if __name__ == "__main__":',
        f"    sys.exit({attributes}())",
        "",
    )
    return "\n".join(lines).encode()


def wrapper_of(name: str) -> str:
    """The entry point whose script, as setuptools makes them, has this name; installers leave it out, for their own."""
    return next((name[: -len(end)] for end in (".exe", "-script.py", ".pya") if name.lower().endswith(end)), name)


def is_reference(reference: str) -> bool:
    """Whether an entry point is `module:object`, of which a script can be made."""
    return _REFERENCE.fullmatch(reference) is not None


def after_placeholder(script: Source) -> int:
    """Where a script goes on behind the first line that an installer has to replace; 0 where it stays.

    The whole line goes, arguments and a carriage return included, as pip has it (`fix_script`).
    """
    start, size = b"", 0
    for piece in script.pieces():
        end = piece.find(b"\n") + 1
        size += end or len(piece)
        start += piece[: _LONGEST - len(start)]
        if end or (len(start) == _LONGEST and not start.startswith(_PLACEHOLDERS)):
            break
    return size if start.startswith(_PLACEHOLDERS) else 0
