"""The root that wheels are built in: Debian packages unpacked, without running a script of theirs."""

from __future__ import annotations

import os
from collections.abc import Iterable

from distroless_python.base.selection import MERGED, SelectedEntry, select
from distroless_python.debian.package import Deb, open_deb
from distroless_python.errors import Collector
from distroless_python.formats.source import FileSource

_ALTERNATIVES = {"awk": "mawk", "c++": "g++", "cc": "gcc", "sh": "dash"}
"""What update-alternatives(1) and maintainer scripts would have linked in /usr/bin."""

_DIRECTORIES = ("build", "dev", "etc", "proc", "tmp")


def make(debs: Iterable[str], root: str, python: str) -> None:
    """Makes the directory `root` from packages.

    Raises:
        ToolError: a package is damaged, or has a path that cannot be.
    """
    problems = Collector()
    for name in _DIRECTORIES:
        os.makedirs(os.path.join(root, name), exist_ok=True)
    for name in MERGED:
        os.makedirs(os.path.join(root, "usr", name))
        os.symlink(f"usr/{name}", os.path.join(root, name))
    inside = _Inside(root)
    for path in debs:
        with problems.catching(), open_deb(path, os.path.dirname(root)) as deb:
            for entry in select(deb.members, path, problems):
                _lay(inside, deb, entry, path, problems)
    problems.raise_if_any()
    for name, target in {**_ALTERNATIVES, "python": f"python{python}", "python3": f"python{python}"}.items():
        link = os.path.join(root, "usr/bin", name)
        if not os.path.lexists(link):
            os.symlink(target, link)
    for name, line in (("passwd", "builder:x:1000:1000::/build/home:/bin/sh\n"), ("group", "builder:x:1000:\n")):
        with open(os.path.join(root, "etc", name), "w") as file:
            file.write(line)


class _Inside:
    """The root, whose directories may be links to one another and never lead out."""

    def __init__(self, root: str) -> None:
        self._root = os.path.realpath(root)
        self._known: dict[str, str] = {}

    def path(self, path: str) -> str | None:
        """Where a path is; directories above it are made. None if it is outside."""
        parent, _, name = path.rpartition("/")
        if parent not in self._known:
            real = os.path.realpath(os.path.join(self._root, parent))
            if real != self._root and not real.startswith(self._root + "/"):
                return None
            os.makedirs(real, exist_ok=True)
            self._known[parent] = real
        return os.path.join(self._known[parent], name)


def _lay(inside: _Inside, deb: Deb, entry: SelectedEntry, package: str, problems: Collector) -> None:
    member = entry.member
    path = inside.path(entry.path)
    target = inside.path(entry.target) if member.islnk() and entry.target else ""
    if path is None or target is None:
        problems.add(package, "it leads out of the root", "use the package as Debian's archive has it", entry.path)
    elif member.isdir():
        os.makedirs(path, exist_ok=True)
    elif os.path.lexists(path):
        return  # two packages may share a file with `Replaces`; builders do not depend on which
    elif member.issym():
        os.symlink(entry.target, path)
    elif target:
        os.link(target, path)
    else:
        with open(path, "xb") as file:
            for piece in FileSource(deb.data, member.offset_data, member.size).pieces():
                file.write(piece)
            os.fchmod(file.fileno(), 0o755 if member.mode & 0o111 else 0o644)
