"""An image's file system in memory: layers laid over each other, without their content.

Whiteouts as in https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, Any, Optional

from distroless_python.formats.paths import MAX_PARTS, printable
from distroless_python.formats.tarfiles import open_tar

FILE, LINK, DIRECTORY, OTHER = "file", "link", "directory", "other"

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_MAX_LINKS = 40  # as Linux, path_resolution(7)

Visit = Callable[[str, int, IO[bytes]], Any]
"""Looks at a regular file: path (no leading slash, no links), size, content. What it returns stays with the file."""


@dataclass
class Node:
    """What is at a path. Hard links share one.

    Attributes:
        type: `file`, `link`, `directory` or `other` (a device, a pipe).
        mode: permission bits.
        size: bytes of a file.
        target: of a symbolic link.
        seen: what the visitor returned for a file.
        children: of a directory.
    """

    type: str
    mode: int = 0o755
    size: int = 0
    target: str = ""
    seen: Any = None
    children: dict[str, Node] = field(default_factory=dict)


class FileTree:
    """A file system; paths have no leading slash."""

    def __init__(self, below: FileTree | None = None) -> None:
        """Starts empty, or as the tree `below`, whose directories are shared: one that changes here is copied first."""
        self.root: Node = replace(below.root, children=dict(below.root.children)) if below else Node(DIRECTORY)
        self._own: Optional[dict[int, Node]] = {id(self.root): self.root} if below else None  # None: all are

    def lay(self, layer: IO[bytes], visit: Visit) -> None:
        """Lays one layer, an uncompressed tar stream, over what is there.

        Raises:
            formats.tarfiles.UNREADABLE: the stream is not a tar archive, or names a path outside of the root.
        """
        written: dict[int, Node] = {}
        with open_tar(layer, "r|") as archive:
            for member in archive:
                parts = [part for part in member.name.split("/") if part not in ("", ".")]
                if ".." in parts:
                    raise ValueError(f"{member.name!r} leaves the root")
                if len(parts) > MAX_PARTS:
                    raise ValueError(f"{printable(member.name)} has {len(parts)} parts; {MAX_PARTS} are read")
                if parts:
                    self._put(archive, member, parts, visit, written)

    def add(self, path: str, node: Node) -> None:
        """Puts a node at a path, whatever was there; directories above it are made."""
        *above, name = path.split("/")
        self._directory(above)[1].children[name] = node

    def graft(self, other: FileTree) -> None:
        """Lays another tree over this one. Directories that only one of them has are shared."""
        assert self._own is not None
        self._graft(self.root, other.root, "")

    def _graft(self, directory: Node, other: Node, path: str) -> None:
        for name, node in other.children.items():
            there = directory.children.get(name)
            if there is None or node.type != DIRECTORY or there.type not in (DIRECTORY, LINK):
                directory.children[name] = node
            elif there.type == DIRECTORY:
                self._graft(self._owned(directory, name), node, f"{path}{name}/")
            else:
                for inner, child in walk(node, f"{path}{name}"):
                    if child.type != DIRECTORY:
                        self.add(inner, child)

    def _owned(self, directory: Node, name: str) -> Node:
        """The directory below another one, which may be changed."""
        node = directory.children[name]
        if self._own is not None and id(node) not in self._own:
            directory.children[name] = node = replace(node, children=dict(node.children))
            self._own[id(node)] = node
        return node

    def make_directory(self, path: str) -> None:
        """Makes a directory, and those above it, where there is none."""
        self._directory(path.split("/"))

    def find(self, path: str, *, follow: bool = True) -> Optional[Node]:
        """What is at a path; links are followed, the last one only if `follow`."""
        found = self._resolve(path.split("/"), follow)
        return found[1] if found else None

    def real(self, path: str) -> Optional[str]:
        """The path without links that a path leads to; None if it leads nowhere."""
        found = self._resolve(path.split("/"), follow=True)
        return "/".join(found[0]) if found else None

    def names(self, path: str) -> list[str]:
        """The names in a directory, sorted; none if it is not a directory."""
        node = self.find(path)
        return sorted(node.children) if node else []

    def walk(self) -> Iterator[tuple[str, Node]]:
        """Every path below the root and what is there, sorted by path component."""
        return walk(self.root)

    def _put(
        self,
        archive: tarfile.TarFile,
        member: tarfile.TarInfo,
        parts: list[str],
        visit: Visit,
        written: dict[int, Node],
    ) -> None:
        above, directory = self._directory(parts[:-1])
        name = parts[-1]
        if name == _OPAQUE:
            _hide(directory, written)
            return
        if name.startswith(_WHITEOUT):
            directory.children.pop(name[len(_WHITEOUT) :], None)
            return
        old = directory.children.get(name)
        if member.isdir() and old and old.type == DIRECTORY:
            old.mode = member.mode & 0o7777
            written[id(old)] = old
            return
        node = self._node(archive, member, "/".join((*above, name)), visit)
        directory.children[name] = node
        written[id(node)] = node

    def _node(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, visit: Visit) -> Node:
        mode = member.mode & 0o7777
        if member.isdir():
            return Node(DIRECTORY, mode)
        if member.issym():
            return Node(LINK, 0o777, target=member.linkname)
        if member.islnk():
            target = self.find(member.linkname.strip("/"), follow=False)
            if target is None or target.type == DIRECTORY:
                raise ValueError(f"{member.name!r} links to {member.linkname!r}, which is not a file")
            return target
        content = archive.extractfile(member) if member.isreg() else None
        if content is None:
            return Node(OTHER, mode)
        return Node(FILE, mode, member.size, seen=visit(path, member.size, content))

    def _directory(self, parts: list[str]) -> tuple[list[str], Node]:
        """The directory that a path leads to, for changing it, and its path without links; made where there is none."""
        found = self._resolve(parts, follow=True)
        if found and found[1].type == DIRECTORY:
            if self._own is None:
                return found
            node = self.root
            for name in found[0]:
                node = self._owned(node, name)
            return found[0], node
        real, node = self._directory(parts[:-1])
        node.children[parts[-1]] = made = Node(DIRECTORY)
        if self._own is not None:
            self._own[id(made)] = made
        return [*real, parts[-1]], made

    def _resolve(self, parts: list[str], follow: bool) -> Optional[tuple[list[str], Node]]:
        pending = [part for part in reversed(parts) if part not in ("", ".")]
        done: list[tuple[str, Node]] = [("", self.root)]
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                if len(done) > 1:
                    done.pop()
                continue
            node = done[-1][1].children.get(part)
            if node is None:
                return None
            if node.type == LINK and (pending or follow):
                links += 1
                if links > _MAX_LINKS:
                    return None
                if node.target.startswith("/"):
                    del done[1:]
                pending.extend(name for name in reversed(node.target.split("/")) if name not in ("", "."))
            else:
                done.append((part, node))
        return [name for name, _ in done[1:]], done[-1][1]


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """What is below a node at `path`, sorted by path component; itself left out if it is the root."""
    pending = [(path, node)]
    while pending:
        path, node = pending.pop()
        if path:
            yield path, node
        pending.extend((f"{path}/{name}".lstrip("/"), node.children[name]) for name in sorted(node.children)[::-1])


def _hide(directory: Node, written: dict[int, Node]) -> None:
    """Removes what lower layers have put into a directory; `written` is what the present layer has."""
    for name, node in list(directory.children.items()):
        if id(node) not in written:
            del directory.children[name]
        else:
            _hide(node, written)
