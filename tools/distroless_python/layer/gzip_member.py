"""Gzip members (RFC 1952) without a time or a name, so that their bytes depend on their content only."""

from __future__ import annotations

import zlib

HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
LEVEL = 6


def trailer(crc: int, size: int) -> bytes:
    """What closes a member: CRC-32 and size of the content, modulo 2**32."""
    return crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")


def compress(data: bytes) -> bytes:
    """`data` as one member."""
    if len(data) < 4096:  # small tables: setting up large ones costs more than the compression
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -12, 3)
    else:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15, 9)
    packed = packer.compress(data)
    return b"".join((HEADER, packed, packer.flush(), trailer(zlib.crc32(data), len(data))))
