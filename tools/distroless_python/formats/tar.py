"""Headers of a deterministic tar stream: ustar, with a pax header only where a value does not fit.

https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
"""

from __future__ import annotations

from typing import NamedTuple

BLOCK = 512
END = bytes(2 * BLOCK)
"""Marks the end of the file."""

FILE = "file"
LINK = "link"
HARDLINK = "hardlink"
DIRECTORY = "directory"

TYPEFLAGS = {FILE: b"0", HARDLINK: b"1", LINK: b"2", DIRECTORY: b"5"}
_NAME, _PREFIX = 100, 155
_MIDDLE = b"ustar\x0000".ljust(8) + bytes(64) + b"0000000\x000000000\x00"  # magic, version, no names, no device
_CONSTANT = sum(_MIDDLE) + 8 * 0x20  # of the checksum: what is always there, the checksum itself counted as spaces
_OCTAL_SIZE, _OCTAL_ID = 8**11, 8**7


class TarHeader(NamedTuple):
    """One tar entry.

    Attributes:
        path: without a leading slash; a directory's ends in `/`.
        type: `file`, `link`, `hardlink` or `directory`.
        mode: permission bits.
        size: of the content, in bytes; 0 for all but files.
        target: of a link; a hard link's is a path in the archive.
    """

    path: str
    type: str
    mode: int
    size: int = 0
    target: str = ""
    uid: int = 0
    gid: int = 0

    def encode(self) -> bytes:
        """The header's blocks, a pax header before them if one is needed."""
        name, target, size, uid, gid = _encode(self.path), _encode(self.target), self.size, self.uid, self.gid
        typeflag = TYPEFLAGS[self.type]
        if name.isascii() and len(name) <= _NAME and not target and size < _OCTAL_SIZE and uid | gid < _OCTAL_ID:
            return _block(b"", name, typeflag, self.mode, size, b"", uid, gid)  # almost always
        pax: dict[str, bytes] = {}
        split = _split(name)
        if split is None or not name.isascii():
            pax["path"] = name
            split = b"", _ascii(name)
        if len(target) > _NAME or not target.isascii():
            pax["linkpath"] = target
            target = _ascii(target)
        if size >= _OCTAL_SIZE:
            pax["size"], size = b"%d" % size, 0
        if uid >= _OCTAL_ID:
            pax["uid"], uid = b"%d" % uid, 0
        if gid >= _OCTAL_ID:
            pax["gid"], gid = b"%d" % gid, 0
        block = _block(*split, typeflag, self.mode, size, target, uid, gid)
        if not pax:
            return block
        records = b"".join(_pax_record(key, value) for key, value in sorted(pax.items()))
        header = _block(b"", b"PaxHeaders/" + split[1][-89:], b"x", 0o644, len(records), b"", 0, 0)
        return header + records + padding(len(records)) + block


def padding(size: int) -> bytes:
    """The zeros that fill the last block of `size` bytes."""
    return bytes(-size % BLOCK)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """A path as ustar's prefix and name; None if it does not fit."""
    if len(name) <= _NAME:
        return b"", name
    cut = name.find(b"/", len(name) - _NAME - 1)
    if cut == -1 or cut > _PREFIX or cut == 0 or cut == len(name) - 1:
        return None
    return name[:cut], name[cut + 1 :]


def _ascii(text: bytes) -> bytes:
    """What stands in a header whose pax header has the real value."""
    return text.decode("ascii", "replace").replace("\ufffd", "?").encode()[:_NAME]


def _block(
    prefix: bytes, name: bytes, typeflag: bytes, mode: int, size: int, target: bytes, uid: int, gid: int
) -> bytes:
    numbers = b"%07o\x00%07o\x00%07o\x00%011o\x0000000000000\x00" % (mode, uid, gid, size)
    checksum = sum(name) + sum(numbers) + sum(typeflag) + _CONSTANT
    if target or prefix:
        checksum += sum(target) + sum(prefix)
    return b"%s%s%06o\x00 %s%s%s%s" % (
        name.ljust(_NAME, b"\0"),
        numbers,
        checksum,
        typeflag,
        target.ljust(_NAME, b"\0"),
        _MIDDLE,
        prefix.ljust(_PREFIX + 12, b"\0"),
    )


def _pax_record(key: str, value: bytes) -> bytes:
    body = b" %s=%s\n" % (key.encode(), value)
    length = len(body)
    while len(b"%d" % length) + len(body) != length:
        length = len(b"%d" % length) + len(body)
    return b"%d%s" % (length, body)
