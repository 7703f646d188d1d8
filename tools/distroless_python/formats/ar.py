"""Unix archives, the outer format of a .deb: ar(5), deb(5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"!<arch>\n"
_HEADER = 60
_END = b"`\n"


class BadArchive(ValueError):
    """The bytes are not an archive; the message says why."""


@dataclass(frozen=True)
class ArMember:
    """One file of an archive: its name, and where its content is (bytes)."""

    name: str
    offset: int
    size: int


def members(stream: BinaryIO, length: int) -> Iterator[ArMember]:
    """The members of an archive of `length` bytes, in order; leaves the stream anywhere.

    Raises:
        BadArchive: it has another magic number, a damaged header, or ends too early.
    """
    stream.seek(0)
    if stream.read(len(MAGIC)) != MAGIC:
        raise BadArchive("it does not begin as an ar archive does")
    offset = len(MAGIC)
    while offset < length:
        stream.seek(offset)
        header = stream.read(_HEADER)
        if len(header) < _HEADER:
            raise BadArchive(f"it ends within the header at byte {offset}")
        name, size = header[:16].rstrip(b" "), header[48:58].rstrip(b" ")
        if header[58:] != _END or not name.isascii() or not size.isdigit():
            raise BadArchive(f"the header at byte {offset} is damaged")
        offset += _HEADER
        member = ArMember(name.decode("ascii").rstrip("/"), offset, int(size))
        if offset + member.size > length:
            raise BadArchive(f"{member.name} has {length - offset} of its {member.size} bytes")
        yield member
        offset += member.size + member.size % 2
