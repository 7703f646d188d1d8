"""Debian packages: the control data and the files of a .deb. deb(5)."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from distroless_python.errors import Problem, ToolError
from distroless_python.formats import ar
from distroless_python.formats.ar import ArMember, BadArchive
from distroless_python.formats.deb822 import Paragraph, parse_paragraph
from distroless_python.formats.tarfiles import UNREADABLE, open_tar

MAX_CONTROL = 16 << 20
"""Most bytes of unpacked control data."""

MAX_DATA = 4 << 30
"""Most bytes of unpacked files."""

MAX_MEMBERS = 1 << 18
"""Most files and directories; the largest packages of Debian have half as many."""

_REMEDY = "fetch it again; if it stays like this, it is not a Debian package"
_DECOMPRESSORS: dict[str, Callable[[BinaryIO], IO[bytes]]] = {
    "": lambda stream: stream,
    ".gz": lambda stream: cast("IO[bytes]", gzip.GzipFile(fileobj=stream, mode="rb")),
    ".xz": lzma.LZMAFile,
}
_PIECE = 1 << 20


@dataclass(frozen=True)
class Deb:
    """A package that is open.

    Attributes:
        control: the control file's text, as it is.
        fields: its fields.
        md5sums: installed path (no leading slash) to MD5, of the files that the package lists.
        members: the package's files, directories and links; a file's content is at `offset_data` in `data`.
        data: the path of the unpacked archive; it goes when the package is closed.
    """

    control: str
    fields: Paragraph
    md5sums: dict[str, str]
    members: tuple[tarfile.TarInfo, ...]
    data: str


@contextmanager
def open_deb(path: str, scratch: str) -> Iterator[Deb]:
    """Opens a .deb, with a temporary file in the directory `scratch`.

    Raises:
        ToolError: it is not a package, is damaged, or is compressed by something else than gzip or xz.
    """
    with tempfile.NamedTemporaryFile(dir=scratch, prefix=".deb.") as unpacked:
        try:
            with open(path, "rb") as stream:
                control, md5sums = _read_control(stream, path)
                _unpack(stream, path, unpacked)
            members = _members(unpacked, path)
        except BadArchive as error:
            raise ToolError(Problem(path, f"not a .deb: {error}", _REMEDY)) from None
        except UNREADABLE as error:
            raise ToolError(Problem(path, f"damaged: {error}", _REMEDY)) from None
        yield Deb(control, parse_paragraph(control), md5sums, members, unpacked.name)


def _member(stream: BinaryIO, path: str, stem: str) -> IO[bytes]:
    """The archive `control.tar` or `data.tar`, decompressed as it is read."""
    found = list(ar.members(stream, os.fstat(stream.fileno()).st_size))
    if not found or found[0].name != "debian-binary":
        raise BadArchive("its first member is not debian-binary")
    member = next((member for member in found if member.name.startswith(stem)), None)
    if member is None:
        raise BadArchive(f"it has no {stem}")
    suffix = member.name[len(stem) :]
    if suffix not in _DECOMPRESSORS:
        remedy = "use a package of Debian's archive (xz or gzip); `dpkg-deb -R` and `dpkg-deb -Zxz -b` convert one"
        reason = f"compressed with {suffix[1:] or 'nothing known'}, which Python's standard library cannot read"
        raise ToolError(Problem(path, reason, remedy, member.name))
    return _DECOMPRESSORS[suffix](cast(BinaryIO, _Slice(stream, member)))


class _Slice(io.RawIOBase):
    """The content of one member."""

    def __init__(self, stream: BinaryIO, member: ArMember) -> None:
        self._stream = stream
        self._left = member.size
        stream.seek(member.offset)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)


def _read_control(stream: BinaryIO, path: str) -> tuple[str, dict[str, str]]:
    data = _member(stream, path, "control.tar").read(MAX_CONTROL + 1)
    if len(data) > MAX_CONTROL:
        raise ToolError(Problem(path, f"more than {MAX_CONTROL} bytes unpacked", _REMEDY, "control.tar"))
    texts = {}
    with open_tar(io.BytesIO(data), "r:") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            if content:
                texts[member.name.lstrip("./")] = content.read().decode("utf-8", "replace")
    if "control" not in texts:
        raise ToolError(Problem(path, "it has no control file", _REMEDY, "control.tar"))
    pairs = (line.split(None, 1) for line in texts.get("md5sums", "").splitlines())
    return texts["control"], {pair[1].removeprefix("./"): pair[0] for pair in pairs if len(pair) == 2}


def _unpack(stream: BinaryIO, path: str, target: IO[bytes]) -> None:
    source = _member(stream, path, "data.tar")
    left = MAX_DATA
    while data := source.read(_PIECE):
        left -= len(data)
        if left < 0:
            raise ToolError(Problem(path, f"more than {MAX_DATA} bytes unpacked", _REMEDY, "data.tar"))
        target.write(data)
    target.flush()
    target.seek(0)


def _members(unpacked: IO[bytes], path: str) -> tuple[tarfile.TarInfo, ...]:
    members = []
    with open_tar(unpacked, "r:") as archive:
        for member in archive:
            members.append(member)
            if len(members) > MAX_MEMBERS:
                raise ToolError(Problem(path, f"more than {MAX_MEMBERS} files", _REMEDY, "data.tar"))
    return tuple(members)
