"""A tree becomes text as buildifier writes it."""

from __future__ import annotations

from distroless_python.generate.starlark.printer import print_file
from distroless_python.generate.starlark.rewrite import rewrite
from distroless_python.generate.starlark.syntax import BuildFile


def format_file(file: BuildFile) -> str:
    """The text of a tree in buildifier's form; the tree is changed."""
    rewrite(file)
    return print_file(file)
