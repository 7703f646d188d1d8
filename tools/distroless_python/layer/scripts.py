"""Scripts that start the image's Python by its absolute path: the image has neither a shell nor `env`."""

from __future__ import annotations

import re

GROUPS = ("console_scripts", "gui_scripts")

_PLACEHOLDER = re.compile(rb"#!python[\w.]*")


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


def has_placeholder(start: bytes) -> bool:
    """Whether a script starts with the `#!python` that an installer has to rewrite."""
    return start.startswith(b"#!python")


def rewrite_shebang(script: bytes, executable: str) -> bytes:
    """A script whose `#!python` or `#!pythonw` became the interpreter's path; what follows on the line stays."""
    return _PLACEHOLDER.sub(b"#!" + executable.encode(), script, count=1)
