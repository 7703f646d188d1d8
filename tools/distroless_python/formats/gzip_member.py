"""Gzip members (RFC 1952) without a time or a name, so that their bytes depend on their content only."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zlib import _Compress

HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
LEVEL = 6


def trailer(crc: int, size: int) -> bytes:
    """What closes a member: CRC-32 and size of the content, modulo 2**32."""
    return crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def packer(size: int, dictionary: bytes = b"") -> _Compress:
    """What compresses `size` bytes to a raw deflate stream that goes on where `dictionary` ends."""
    if dictionary:
        return zlib.compressobj(LEVEL, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, dictionary)
    if size < 4096:  # small tables: to set up large ones takes longer than to compress
        return zlib.compressobj(LEVEL, zlib.DEFLATED, -12, 3)
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -15)


def compress(data: bytes) -> bytes:
    """`data` as one member."""
    stream = packer(len(data))
    return b"".join((HEADER, stream.compress(data), stream.flush(), trailer(zlib.crc32(data), len(data))))
