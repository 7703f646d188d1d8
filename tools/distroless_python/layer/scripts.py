"""Scripts that start the image's Python by its absolute path: the image has neither a shell nor `env`."""

from __future__ import annotations

import re

from distroless_python.formats.source import Source

GROUPS = ("console_scripts", "gui_scripts")

_PLACEHOLDER = re.compile(rb"#!(?:python[\w.]*|/dev/null)")
"""What wheels write (`python`, `pythonw`), and what rules_python makes of it when it extracts one."""


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


def after_placeholder(script: Source) -> int:
    """Where a script goes on behind the start that an installer has to rewrite; 0 where there is nothing to rewrite."""
    match = _PLACEHOLDER.match(next(iter(script.pieces()), b""))
    return match.end() if match else 0
