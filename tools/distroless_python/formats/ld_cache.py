"""The dynamic loader's cache, /etc/ld.so.cache: its file format.

The format is glibc's "new" one (`glibc-ld.so.cache1.1`, sysdeps/generic/dl-cache.h), which every glibc since 2.2 reads
without the older one before it, with the extension of glibc 2.33 for `glibc-hwcaps` directories.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cmp_to_key

MAGIC = b"glibc-ld.so.cache1.1"

FLAGS = {"x86_64": 0x0303, "aarch64": 0x0A03, "i386": 0x0003}
"""`uname -m` to the flags of a library that needs glibc: 3 is ELF with libc6, the second byte the architecture."""

_HEADER = struct.Struct("<20sIIB3xI12x")
_ENTRY = struct.Struct("<iIIIQ")
_LITTLE_ENDIAN = 2
_EXTENSION = struct.Struct("<II")
_SECTION = struct.Struct("<IIII")
_EXTENSION_MAGIC = 0xEAA42174
_TAG_HWCAPS = 1
_HWCAP_EXTENSION = 1 << 62
_DIGITS = frozenset(b"0123456789")


class BadCache(ValueError):
    """The bytes are not a cache; the message says why."""


@dataclass(frozen=True)
class CacheEntry:
    """One entry.

    Attributes:
        name: what programs need, `libz.so.1`.
        path: where it is, absolute.
        flags: of `FLAGS`.
        hwcaps: the `glibc-hwcaps` subdirectory that it is for, `x86-64-v3`; empty for every machine.
    """

    name: str
    path: str
    flags: int
    hwcaps: str = ""


def write(libraries: Iterable[CacheEntry]) -> bytes:
    """The cache of these libraries; of equal ones the first stands before the second, as ldconfig has it."""
    ordered = sorted(libraries, key=_KEY)
    hwcaps = sorted({library.hwcaps for library in ordered if library.hwcaps})
    base = _HEADER.size + _ENTRY.size * len(ordered)
    strings = bytearray()
    offsets: dict[str, int] = {}

    def place(text: str) -> int:
        if text not in offsets:
            offsets[text] = base + len(strings)
            strings.extend(text.encode() + b"\0")
        return offsets[text]

    entries = bytearray()
    for library in ordered:
        path = place(library.path)
        shared = path + len(library.path.encode()) - len(library.name.encode())
        key = shared if library.path.endswith("/" + library.name) else place(library.name)
        hwcap = _HWCAP_EXTENSION | hwcaps.index(library.hwcaps) if library.hwcaps else 0
        entries += _ENTRY.pack(library.flags, key, path, 0, hwcap)
    names = [place(name) for name in hwcaps]
    length = len(strings)
    if not names:
        return _HEADER.pack(MAGIC, len(ordered), length, _LITTLE_ENDIAN, 0) + bytes(entries + strings)
    strings.extend(bytes(-(base + length) % 4))
    start = base + len(strings)
    section = start + _EXTENSION.size + _SECTION.size
    extension = _EXTENSION.pack(_EXTENSION_MAGIC, 1) + _SECTION.pack(_TAG_HWCAPS, 0, section, 4 * len(names))
    extension += struct.pack(f"<{len(names)}I", *names)
    return _HEADER.pack(MAGIC, len(ordered), length, _LITTLE_ENDIAN, start) + bytes(entries + strings) + extension


def read(data: bytes) -> list[CacheEntry]:
    """The entries of a cache, in its order. An older cache may stand before it in the file.

    Raises:
        BadCache: it is not a cache, or points outside of itself.
    """
    start = data.find(MAGIC)
    if start < 0:
        raise BadCache("it is not an ld.so.cache of glibc's format")
    data = data[start:]
    try:
        _, count, _, _, extension = _HEADER.unpack_from(data)
        hwcaps = _hwcaps(data, extension)
        libraries = []
        for index in range(count):
            flags, key, value, _, hwcap = _ENTRY.unpack_from(data, _HEADER.size + index * _ENTRY.size)
            named = hwcaps[hwcap & 0xFFFFFFFF] if hwcap & _HWCAP_EXTENSION else ""
            libraries.append(CacheEntry(_string(data, key), _string(data, value), flags, named))
    except (struct.error, IndexError):
        raise BadCache("it ends too early") from None
    return libraries


def _hwcaps(data: bytes, offset: int) -> list[str]:
    if not offset:
        return []
    magic, count = _EXTENSION.unpack_from(data, offset)
    if magic != _EXTENSION_MAGIC:
        raise BadCache(f"there is no extension at byte {offset}")
    for index in range(count):
        tag, _, start, size = _SECTION.unpack_from(data, offset + _EXTENSION.size + index * _SECTION.size)
        if tag == _TAG_HWCAPS:
            return [_string(data, place) for place in struct.unpack_from(f"<{size // 4}I", data, start)]
    return []


def _string(data: bytes, offset: int) -> str:
    end = data.find(b"\0", offset)
    if end < 0 or offset >= len(data):
        raise BadCache(f"the string at byte {offset} has no end")
    return data[offset:end].decode("utf-8", "surrogateescape")


def compare_names(first: str, second: str) -> int:
    """The order of names that glibc's loader searches by (_dl_cache_libcmp): digits are compared as numbers."""
    a, b = first.encode("utf-8", "surrogateescape"), second.encode("utf-8", "surrogateescape")
    i = j = 0
    while i < len(a):
        left, right = a[i], b[j] if j < len(b) else 0
        if left in _DIGITS:
            if right not in _DIGITS:
                return 1
            end_a, end_b = _digits_end(a, i), _digits_end(b, j)
            difference = int(a[i:end_a]) - int(b[j:end_b])
            if difference:
                return difference
            i, j = end_a, end_b
        elif right in _DIGITS:
            return -1
        elif left != right:
            return left - right
        else:
            i, j = i + 1, j + 1
    return 0 - (b[j] if j < len(b) else 0)


def _digits_end(text: bytes, start: int) -> int:
    while start < len(text) and text[start] in _DIGITS:
        start += 1
    return start


def _compare(first: CacheEntry, second: CacheEntry) -> int:
    """The order of entries: names from the last to the first, `glibc-hwcaps` before the others."""
    by_name = compare_names(second.name, first.name)
    if by_name or first.flags != second.flags:
        return by_name or second.flags - first.flags
    return (not first.hwcaps) - (not second.hwcaps) or (first.hwcaps > second.hwcaps) - (first.hwcaps < second.hwcaps)


_KEY = cmp_to_key(_compare)
