"""Unpacks an image's layers into a directory, as a container engine lays them over each other.

Whiteouts, hard links and links to directories follow the specification; nothing is ever written outside of the
directory, whatever the layers say. https://github.com/opencontainers/image-spec/blob/v1.1.0/layer.md
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from distroless_python.base.image_reader import open_layer
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Descriptor, ImageStore
from distroless_python.formats.tarfiles import open_tar
from distroless_python.sandbox.mounts import find

_REMEDY = "the layer is damaged or hostile: build it again, and look at where the base comes from"
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_SYSTEM = ("etc/passwd", "etc/group", "usr/lib/python3", "var/lib/dpkg/")
"""Who writes here belongs to the system: accounts, the standard library, Debian packages."""


@dataclass(frozen=True)
class User:
    """The user who looks at the files: numeric user and group."""

    uid: int
    gid: int

    def permissions(self, access: Access) -> int:
        """The permission bits that give this user, as the owner, what he may do with the file in the image."""
        shift = 6 if self.uid in (0, access.uid) else 3 if self.gid == access.gid else 0
        return access.mode & 0o077 | (access.mode >> shift & 0o7) << 6


@dataclass(frozen=True)
class Access:
    """A file's owner and permission bits in the image."""

    mode: int
    uid: int
    gid: int


class NeedsLowerLayersError(Exception):
    """A layer deletes or links to what is below it, belongs to the system, or leaves out its directories."""


class UnpackedRoot:
    """A directory that is the root of an image's file system."""

    def __init__(self, root: Path | str) -> None:
        self.root = str(root)
        self._access: dict[str, Access] = {}
        self._parents: dict[str, str] = {}  # where directories of members are; until something is deleted
        os.makedirs(self.root, exist_ok=True)

    def unpack(self, layout: ImageStore, layers: Iterable[tuple[Descriptor, str]], *, alone: bool = False) -> None:
        """Unpacks layers, each with its diff_id, lowest first.

        Args:
            layout: what the layers are blobs of.
            layers: as in `Image.layers`.
            alone: whether other layers are going to be below, in directories of their own.

        Raises:
            ToolError: a layer is missing, is not what its digests say, or leaves the root.
            NeedsLowerLayersError: with `alone`, what the layer means depends on what is below it.
        """
        for layer, diff_id in layers:
            with open_layer(layout, layer, diff_id) as stream:
                self._layer(stream, f"{layout.subject}: layer {layer.digest}", alone)

    def grant(self, user: User) -> None:
        """Sets permissions: all files belong to the user who unpacks, who gets the access that `user` has."""
        for path in sorted(self._access, reverse=True):  # a directory after what is in it
            os.chmod(path, user.permissions(self._access[path]))

    def resolve(self, path: str, subject: str = "the image") -> str:
        """Where `path` of the image is on the machine, links followed inside the root.

        Raises:
            ToolError: its links go round in circles; `subject` is where they are.
        """
        return os.path.join(self.root, find((self.root,), path, subject))

    def remove(self) -> None:
        """Removes the directory, files without permissions included."""
        for directory, names, _ in os.walk(self.root):
            for name in names:
                path = os.path.join(directory, name)
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
        shutil.rmtree(self.root)

    def _layer(self, stream: IO[bytes], subject: str, alone: bool) -> None:
        written: set[str] = set()
        with open_tar(stream, "r|") as archive:
            for member in archive:
                parts = [part for part in member.name.split("/") if part not in ("", ".")]
                if ".." in parts or "\0" in member.name:
                    raise ToolError(Problem(subject, "its name leaves the root", _REMEDY, member.name))
                if alone:
                    self._check_alone(member, parts)
                if parts:
                    parent = self._parent("/".join(parts[:-1]), member.name, subject)
                    self._member(archive, member, os.path.join(parent, parts[-1]), written, subject)

    def _check_alone(self, member: tarfile.TarInfo, parts: Sequence[str]) -> None:
        name = "/".join(parts)
        directory = os.path.join(self.root, *parts[:-1])
        implied = not os.path.isdir(directory) or os.path.islink(directory)
        lower = member.islnk() and not os.path.lexists(os.path.join(self.root, member.linkname.lstrip("./")))
        if implied or lower or (parts[-1:] and parts[-1].startswith(_WHITEOUT)) or name.startswith(_SYSTEM):
            raise NeedsLowerLayersError(name)

    def _parent(self, path: str, member: str, subject: str) -> str:
        if path not in self._parents:
            parent = self.resolve(path, subject)
            try:
                if not os.path.isdir(parent):
                    os.makedirs(parent)
            except (FileExistsError, NotADirectoryError):
                raise ToolError(Problem(subject, "a file is where its directory should be", _REMEDY, member)) from None
            self._parents[path] = parent
        return self._parents[path]

    def _member(
        self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, written: set[str], subject: str
    ) -> None:
        name = os.path.basename(path)
        if name == _OPAQUE:
            for other in os.listdir(os.path.dirname(path)):
                self._delete(os.path.join(os.path.dirname(path), other), keep=written)
            return
        if name.startswith(_WHITEOUT):
            hidden = name[len(_WHITEOUT) :]
            if hidden in ("", ".", ".."):
                raise ToolError(Problem(subject, "it removes its own directory or the one above", _REMEDY, member.name))
            self._delete(os.path.join(os.path.dirname(path), hidden))
            return
        if not (member.isdir() and os.path.isdir(path) and not os.path.islink(path)):
            self._delete(path)
        written.add(path)
        if member.isdir() or member.isreg():
            self._access[path] = Access(member.mode & 0o777, member.uid, member.gid)
        if member.isdir():
            if not os.path.isdir(path):
                os.mkdir(path)
        elif member.issym():
            os.symlink(member.linkname, path)
        elif member.islnk():
            self._hard_link(member, path, subject)
        elif member.isreg():
            source = archive.extractfile(member)
            assert source is not None  # a regular file has content
            with open(path, "xb") as target:
                shutil.copyfileobj(source, target)
        # Device nodes and pipes are left out: /dev is the sandbox's.

    def _hard_link(self, member: tarfile.TarInfo, path: str, subject: str) -> None:
        directory, name = os.path.split(member.linkname.rstrip("/"))
        if ".." in member.linkname.split("/") or not name:
            raise ToolError(Problem(subject, f"its link {member.linkname!r} leaves the root", _REMEDY, member.name))
        try:
            os.link(os.path.join(self.resolve(directory, subject), name), path, follow_symlinks=False)
        except OSError as error:
            reason = f"its link {member.linkname!r} cannot be made: {error.strerror}"
            raise ToolError(Problem(subject, reason, _REMEDY, member.name)) from None

    def _delete(self, path: str, keep: set[str] | None = None) -> None:
        """Removes what is at `path`, if anything is; with `keep`, not what this layer wrote."""
        if not os.path.lexists(path) or (keep is not None and path in keep):
            return
        self._parents.clear()
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            os.unlink(path)
            self._access.pop(path, None)
            return
        for name in os.listdir(path):
            self._delete(os.path.join(path, name), keep)
        if not os.listdir(path):
            os.rmdir(path)
            self._access.pop(path, None)
