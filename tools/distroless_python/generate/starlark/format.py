"""Text to text, as `buildifier` does it."""

from __future__ import annotations

from .parser import parse
from .printer import print_file
from .rewrite import rewrite
from .syntax import BuildFile


def format_file(file: BuildFile) -> str:
    """The text of a tree in buildifier's form; the tree is changed."""
    rewrite(file)
    return print_file(file)


def format_text(text: str) -> str:
    """A BUILD file's text in buildifier's form.

    Raises:
        StarlarkSyntaxError: it does not parse.
    """
    return format_file(parse(text))
