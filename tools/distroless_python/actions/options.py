"""What a manifest, its files, stamping and the command line say together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from distroless_python.errors import Collector

_PLACEHOLDER = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


def status(paths: Iterable[str]) -> dict[str, str]:
    """Reads Bazel's workspace status files: a key and its value a line."""
    values = {}
    for path in paths:
        for line in Path(path).read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(" ")
            values[key] = value
    return values


def lines(paths: Iterable[str]) -> list[str]:
    """The lines of files that say something."""
    return [
        line.strip()
        for path in paths
        for line in Path(path).read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def names(
    tags: Sequence[str], tag_files: Iterable[str], status_files: Iterable[str], label: str, member: str = "tags"
) -> list[str]:
    """Tags and those in files, stamped.

    Raises:
        ToolError: a key is not in the status.
    """
    return stamped([*tags, *lines(tag_files)], status(status_files), label, member)


def stamped(texts: Sequence[str], values: Mapping[str, str], label: str, member: str) -> list[str]:
    """Replaces `{KEY}` by the workspace status.

    Raises:
        ToolError: a key is not in the status.
    """
    problems = Collector()
    for text in texts:
        for key in _PLACEHOLDER.findall(text):
            if key not in values:
                known = f"it has {', '.join(sorted(values)) or 'nothing'}"
                problems.add(label, f"{{{key}}} in {text!r} is not in the workspace status; {known}", _STAMP, member)
    problems.raise_if_any()
    return [_PLACEHOLDER.sub(lambda match: values[match[1]], text) for text in texts]


def user_path(path: str) -> Path:
    """A path of the command line, relative to where the user called Bazel."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), path)


_STAMP = "name a program that prints the key by --workspace_status_command"
