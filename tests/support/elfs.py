"""Writes minimal ELF shared objects and programs, good enough for the real loader to open.

One PT_LOAD segment maps the whole file at address 0, so an address is a file offset.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

_MACHINES = {"i386": 3, "ppc64le": 21, "s390x": 22, "arm": 40, "x86_64": 62, "aarch64": 183, "riscv64": 243}
_BIG_ENDIAN = ("s390x",)
_BITS_32 = ("i386", "arm")

_DT = {
    "needed": 1,
    "hash": 4,
    "strtab": 5,
    "symtab": 6,
    "strsz": 10,
    "syment": 11,
    "soname": 14,
    "rpath": 15,
    "runpath": 29,
    "versym": 0x6FFFFFF0,
    "verdef": 0x6FFFFFFC,
    "verdefnum": 0x6FFFFFFD,
    "verneed": 0x6FFFFFFE,
    "verneednum": 0x6FFFFFFF,
}


class _Strings:
    """A string table: each string once, the empty one first."""

    def __init__(self) -> None:
        self.data = b"\0"
        self._offsets: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        if text not in self._offsets:
            self._offsets[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self._offsets[text]


def _elf_hash(name: str) -> int:
    """The System V hash that symbol versions carry."""
    value = 0
    for byte in name.encode():
        value = (value << 4) + byte
        value = (value ^ ((value & 0xF0000000) >> 24)) & 0x0FFFFFFF
    return value


def _version_needs(order: str, strings: _Strings, requires: Mapping[str, Sequence[str]], weak: Iterable[str]) -> bytes:
    data = b""
    index = 2  # 0 and 1 are local and global
    for position, (file, names) in enumerate(requires.items()):
        size = 16 + 16 * len(names)
        following = size if position + 1 < len(requires) else 0
        data += struct.pack(order + "HHIII", 1, len(names), strings.add(file), 16 if names else 0, following)
        for number, name in enumerate(names):
            step = 16 if number + 1 < len(names) else 0
            flags = 2 if name in weak else 0
            data += struct.pack(order + "IHHII", _elf_hash(name), flags, index, strings.add(name), step)
            index += 1
    return data


def _version_definitions(order: str, strings: _Strings, names: Sequence[str]) -> bytes:
    """The first of `names` is the base version."""
    data = b""
    for number, name in enumerate(names):
        following = 28 if number + 1 < len(names) else 0
        flags = 1 if number == 0 else 0
        data += struct.pack(order + "HHHHIII", 1, flags, number + 1, 1, _elf_hash(name), 20, following)
        data += struct.pack(order + "II", strings.add(name), 0)
    return data


def elf(
    soname: str = "",
    *,
    needed: Sequence[str] = (),
    rpath: str = "",
    runpath: str = "",
    requires: Mapping[str, Sequence[str]] | None = None,
    weak: Iterable[str] = (),
    defines: Sequence[str] = (),
    interpreter: str = "",
    machine: str = "x86_64",
    kind: int = 3,
    padding: int = 0,
) -> bytes:
    """An ELF file that asks for exactly this.

    Args:
        rpath: DT_RPATH as it stands in the file, parts joined by colons; likewise `runpath`.
        requires: versions by the needed name that has to define them; those that are in `weak` are marked so.
        defines: versions this file defines; the base version is added.
        machine: a key of `_MACHINES`; decides class and byte order too.
        kind: e_type: 3 a shared object or program, 2 a program at a fixed address, 1 an object file, 4 a core dump.
        padding: NUL bytes at the end, for a file of some size.
    """
    order, wide = (">" if machine in _BIG_ENDIAN else "<"), machine not in _BITS_32
    strings = _Strings()
    needs = _version_needs(order, strings, requires or {}, weak)
    definitions = _version_definitions(order, strings, [soname or "base", *defines]) if defines else b""
    entries: list[tuple[str, int]] = [("needed", strings.add(name)) for name in needed]
    entries += [
        (key, strings.add(value))
        for key, value in (("soname", soname), ("rpath", rpath), ("runpath", runpath))
        if value
    ]

    header_size, segment_size, symbol_size = (64, 56, 24) if wide else (52, 32, 16)
    segments = 3 + bool(interpreter)
    blobs = {
        "interpreter": interpreter.encode() + b"\0" if interpreter else b"",
        "strtab": strings.data,
        "symtab": bytes(symbol_size),
        "hash": struct.pack(order + "IIII", 1, 1, 0, 0),
        "versym": bytes(2) if needs or definitions else b"",
        "verneed": needs,
        "verdef": definitions,
    }
    offsets: dict[str, int] = {}
    body = b""
    start = header_size + segments * segment_size
    for name, data in blobs.items():
        body += bytes(-(start + len(body)) % 8)
        offsets[name] = start + len(body)
        body += data
    body += bytes(-(start + len(body)) % 8)

    entries += [(name, offsets[name]) for name, data in blobs.items() if data and name in _DT]
    entries += [("strsz", len(strings.data)), ("syment", symbol_size)]
    entries += [("verneednum", len(requires or {}))] * bool(needs)
    entries += [("verdefnum", len(defines) + 1)] * bool(definitions)
    word = "Q" if wide else "I"
    dynamic = b"".join(struct.pack(order + word * 2, _DT[name], value) for name, value in entries)
    dynamic += struct.pack(order + word * 2, 0, 0)
    dynamic_offset = start + len(body)
    total = dynamic_offset + len(dynamic) + padding

    def segment(number: int, offset: int, size: int, flags: int, align: int) -> bytes:
        if wide:
            return struct.pack(order + "IIQQQQQQ", number, flags, offset, offset, offset, size, size, align)
        return struct.pack(order + "IIIIIIII", number, offset, offset, offset, size, size, flags, align)

    headers = segment(1, 0, total, 6, 4096) + segment(2, dynamic_offset, len(dynamic), 6, 8)
    if interpreter:
        headers = segment(3, offsets["interpreter"], len(interpreter) + 1, 4, 1) + headers
    headers += segment(0x6474E551, 0, 0, 6, 16)  # PT_GNU_STACK: no executable stack
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    address = "QQQ" if wide else "III"
    header = ident + struct.pack(
        order + "HHI" + address + "IHHHHHH",
        *(kind, _MACHINES[machine], 1, 0, header_size, 0, 0, header_size, segment_size, segments, 0, 0, 0),
    )
    return header + headers + body + dynamic + bytes(padding)
