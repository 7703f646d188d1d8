"""Files on disk that go into a layer, directories walked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from distroless_python.errors import Collector
from distroless_python.formats.paths import is_unicode, printable, unlayable, unsafe
from distroless_python.formats.source import FileSource
from distroless_python.manifests.layers import SourceFile

_REMOVE = "remove it, or give it what it points to"


@dataclass(frozen=True)
class Leaf:
    """A file of the layer, or (with a target) a symbolic link.

    Attributes:
        path: in the layer, below its root.
        source: the file on disk.
        executable: whether anybody may execute it.
        target: of a link that points to nothing on this machine.
    """

    path: str
    source: str
    executable: bool = False
    target: str = ""

    def content(self) -> FileSource:
        return FileSource(self.source)

    def is_program(self) -> bool:
        """Whether the kernel could execute it: a script with its `#!`, or an ELF file.

        Permission bits depend on where an action runs: in remote execution every input is executable.
        """
        return next(self.content().pieces(), b"").startswith((b"#!", b"\x7fELF"))


def leaves(files: Iterable[SourceFile], subject: str, problems: Collector) -> tuple[Leaf, ...]:
    """Every file of `files`, sorted by path; links are followed where they lead to something.

    What is missing, has an unsafe path or stands where something else stands goes into `problems`, under `subject`.
    """
    found: dict[str, Leaf] = {}
    for file in files:
        if reason := unsafe(file.path):
            problems.add(subject, reason, "report it, with the target's srcs and data", printable(file.path))
            continue
        for leaf in _walk(file.source, file.path, (), subject, problems):
            other = found.setdefault(leaf.path, leaf)
            if other.source != leaf.source and not _same(other, leaf):
                reason = f"two files have this path: {other.source} and {leaf.source}"
                problems.add(subject, reason, "remove one of them from srcs, data or deps", printable(leaf.path))
    for path in found:
        parent = os.path.dirname(path)
        while parent:
            if parent in found:
                reason = f"is a file, and a directory too, for it holds {printable(path)}"
                problems.add(subject, reason, "remove one of them from srcs, data or deps", printable(parent))
            parent = os.path.dirname(parent)
    return tuple(found[path] for path in sorted(found))


def _walk(source: str, path: str, above: tuple[str, ...], subject: str, problems: Collector) -> Iterator[Leaf]:
    if reason := unlayable(path) if is_unicode(path) else "its name is not UTF-8":
        problems.add(subject, reason, "rename it", printable(path))
        return
    try:
        status = os.stat(source)
    except OSError as error:
        target = os.readlink(source) if os.path.islink(source) else ""
        if not is_unicode(target):
            problems.add(subject, f"links to {printable(target)}, which is not UTF-8", _REMOVE, printable(path))
        elif target and above and not os.path.isabs(target):
            yield Leaf(path, source, target=target)
        else:
            reason = f"cannot be read: {error.strerror}" + (f" (a link to {target})" if target else "")
            problems.add(subject, reason, _REMOVE, printable(path))
        return
    if stat.S_ISREG(status.st_mode):
        yield Leaf(path, source, bool(status.st_mode & 0o111))
        return
    if not stat.S_ISDIR(status.st_mode):
        problems.add(subject, "is neither a file nor a directory", _REMOVE, printable(path))
        return
    real = os.path.realpath(source)
    if real in above:
        problems.add(subject, "a link leads to a directory that it is in", _REMOVE, printable(path))
        return
    for name in sorted(os.listdir(source)):
        yield from _walk(os.path.join(source, name), f"{path}/{name}", (*above, real), subject, problems)


def _same(one: Leaf, other: Leaf) -> bool:
    if one.target or other.target:
        return one.target == other.target
    left, right = one.content(), other.content()
    return left.size == right.size and all(a == b for a, b in zip(left.pieces(), right.pieces()))
