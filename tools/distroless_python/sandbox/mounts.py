"""What is where in a sandbox: the machine's files shown at other places, and roots that lie over each other.

Directories that one root alone has are shown as they are; only those that several have, or where something is to be
mounted, are made. So layers that are unpacked once serve every image that has them, and nothing is copied or linked.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from distroless_python.errors import Problem, ToolError

_MAX_LINKS = 40  # as Linux, path_resolution(7)


@dataclass(frozen=True)
class Bind:
    """A path of the machine shown at the absolute path `target`."""

    source: str
    target: str
    writable: bool = False

    def arguments(self) -> list[str]:
        return ["--bind" if self.writable else "--ro-bind", self.source, self.target]


@dataclass(frozen=True)
class MadeLink:
    """A symbolic link at `path`."""

    path: str
    target: str

    def arguments(self) -> list[str]:
        return ["--symlink", self.target, self.path]


@dataclass(frozen=True)
class MadeDirectory:
    """An empty directory at `path`."""

    path: str
    mode: int = 0o755

    def arguments(self) -> list[str]:
        return ["--perms", f"{self.mode:04o}", "--dir", self.path]


RootEntry = Union[Bind, MadeLink, MadeDirectory]


def find(roots: Sequence[str], path: str, subject: str = "the image") -> str:
    """Where `path` really is inside of roots that lie over each other, its links followed; it need not exist.

    Args:
        roots: directories of the machine, lowest first.
        path: a path inside.
        subject: whose path it is, for messages.

    Returns:
        A path without a leading slash.

    Raises:
        ToolError: its links go round in circles.
    """
    done: list[str] = []
    pending = path.split("/")[::-1]
    links = 0
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            del done[-1:]
            continue
        place = topmost(roots, os.path.join(*done, part))
        try:
            target = os.readlink(place)
        except OSError:
            done.append(part)
            continue
        links += 1
        if links > _MAX_LINKS:
            remedy = "the layer is damaged or hostile: build it again, and look at where the base comes from"
            raise ToolError(Problem(subject, "its links never end", remedy, path))
        if target.startswith("/"):
            done.clear()
        pending.extend(target.split("/")[::-1])
    return "/".join(done)


def topmost(roots: Sequence[str], path: str) -> str:
    """The place on the machine of a path without links; in the lowest root where none has it."""
    if len(roots) == 1:
        return os.path.join(roots[0], path)
    places = [os.path.join(root, path) for root in roots]
    return next((place for place in reversed(places) if os.path.lexists(place)), places[0])


def over_each_other(roots: Sequence[str], open_directories: Collection[str] = ()) -> list[RootEntry]:
    """The mounts that show roots over each other.

    Args:
        roots: directories of the machine, lowest first.
        open_directories: paths without a leading slash of directories in which something else is going to be mounted.

    Raises:
        OSError: a directory that has to be made cannot be read.
    """
    return list(_merge(list(roots), "", frozenset(open_directories)))


def above(path: str) -> Iterator[str]:
    """The directories above a path without a leading slash, the root (empty) last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def _merge(roots: list[str], path: str, opened: frozenset[str]) -> Iterator[RootEntry]:
    found: dict[str, list[os.DirEntry[str]]] = {}
    for root in roots:
        with os.scandir(root) as entries:
            for entry in entries:
                found.setdefault(entry.name, []).append(entry)
    for name, entries_ in sorted(found.items()):
        inside, top = f"{path}/{name}", entries_[-1]
        if top.is_symlink():
            yield MadeLink(inside, os.readlink(top.path))
            continue
        if not top.is_dir():
            yield Bind(top.path, inside)
            continue
        directories = _visible(entries_)
        if len(directories) == 1 and inside[1:] not in opened:
            yield Bind(top.path, inside)
        else:
            yield MadeDirectory(inside, stat.S_IMODE(top.stat().st_mode))
            yield from _merge(directories, inside, opened)


def _visible(entries: Sequence[os.DirEntry[str]]) -> list[str]:
    """The directories that are seen through each other: a file hides the directories below it."""
    shown: list[str] = []
    for entry in entries:
        shown = [*shown, entry.path] if entry.is_dir(follow_symlinks=False) else []
    return shown
