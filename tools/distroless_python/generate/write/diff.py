"""The difference between what is there and what should be."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TextIO


def print_diff(changes: Mapping[str, tuple[str, str]], stream: TextIO) -> None:
    """Prints changes as `diff -u` does; a file that is not there is `/dev/null`."""
    for path, (old, new) in sorted(changes.items()):
        before = f"a/{path}" if old else "/dev/null"
        lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), before, f"b/{path}")
        stream.writelines(line if line.endswith("\n") else f"{line}\n" for line in lines)
