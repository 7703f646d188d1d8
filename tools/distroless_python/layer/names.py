"""Paths that come from others: whether they may be used, and how a message shows them."""

from __future__ import annotations

import posixpath
import re


def unsafe(name: str) -> str:
    """Why a name may not be installed; empty if it may."""
    if "\0" in name:
        return "its name holds a NUL character"
    if "\\" in name:
        return "its name holds a backslash"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "its name is absolute"
    parts = name.split("/")
    if ".." in parts:
        return "its name leaves the prefix (..)"
    if "" in parts or "." in parts:
        return "its name has an empty part or a part '.'"
    return ""


def printable(name: str) -> str:
    """A hostile name for a message."""
    return name if name.isprintable() else ascii(name)[1:-1]


def is_bytecode(path: str) -> bool:
    """Whether a path is a cached .pyc's: layers bring their own, for others are stale where files have no time."""
    return path.endswith(".pyc") and posixpath.basename(posixpath.dirname(path)) == "__pycache__"
