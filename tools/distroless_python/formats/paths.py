"""Paths that come from others: whether they may be used, and how a message shows them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

_SUSPICIOUS = re.compile(r"[\\\0:\ud800-\udfff]|^/|//|(^|/)\.(\.?(/|$)|wh\.)|/$|^$|[^/]{64}|^.{256}", re.DOTALL)

MAX_COMPONENT = 255
"""Bytes of a name between slashes, as Linux's file systems have it: container engines refuse a longer one."""

MAX_PATH = 3840
"""Bytes of a path: 4,096 is the kernel's limit, and most are put below a prefix such as dist-packages."""

MAX_PARTS = 128
"""Directories in each other, and the file: what walks a tree by recursion ends at a thousand."""

_SHOWN = 500
"""Characters of a name in a message."""

WHITEOUT = ".wh."
"""How a name in a layer starts that removes something of the layers below.

https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md#whiteouts
"""


def is_suspicious(name: str) -> bool:
    """Whether a name has to be looked at more closely, by `unsafe`; hardly any has."""
    return _SUSPICIOUS.search(name) is not None


def unsafe(name: str) -> str:
    """Why a name may not be installed; empty if it may."""
    if not is_suspicious(name):
        return ""
    if not is_unicode(name):
        return "its name is not UTF-8"
    if reason := unlayable(name):
        return reason
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


def unlayable(name: str) -> str:
    """Why a name cannot stand in a layer of ours, whatever its kind; empty if it can."""
    if "\0" in name:
        return "its name holds a NUL character"
    parts = name.split("/")
    if any(part.startswith(WHITEOUT) for part in parts):
        return f"its name starts with {WHITEOUT}, by which a layer removes files of others"
    if longest := max((size for part in parts if (size := _bytes(part)) > MAX_COMPONENT), default=0):
        return f"a part of its name has {longest} bytes; file systems take {MAX_COMPONENT}"
    if len(parts) > MAX_PARTS:
        return f"its name has {len(parts)} parts; {MAX_PARTS} are possible"
    if (size := _bytes(name)) > MAX_PATH:
        return f"its name has {size} bytes; {MAX_PATH} are possible, with what it is put below"
    return ""


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogateescape"))


def is_unicode(name: str) -> bool:
    """Whether a name from the disk or from JSON can be written as UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def printable(name: str) -> str:
    """A hostile name for a message, a long one with its middle left out."""
    if len(name) > _SHOWN:
        name = f"{name[: _SHOWN // 2]}…{name[-_SHOWN // 2 :]}"
    return name if name.isprintable() else ascii(name)[1:-1]


def is_bytecode(path: str) -> bool:
    """Whether a path is a cached .pyc's: layers bring their own, for others are stale where files have no time."""
    return path.endswith(".pyc") and posixpath.basename(posixpath.dirname(path)) == "__pycache__"


def files_with_children(paths: Iterable[str]) -> dict[str, str]:
    """Paths that are a file and a directory too, each with a path inside; a path that ends in `/` is a directory's."""
    all_paths = set(paths)
    directories = {path.rpartition("/")[0] for path in all_paths}
    for directory in tuple(directories):
        while (directory := directory.rpartition("/")[0]) not in directories:
            directories.add(directory)
    return {
        both: min(p for p in all_paths if p.startswith(f"{both}/")) for both in sorted((all_paths & directories) - {""})
    }
