"""Reads from an ELF file what the dynamic loader reads, and nothing else.

Specification: System V ABI, chapters 4 and 5 (https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html);
symbol versions: https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html.
Like the loader it goes by program headers (a stripped file has no section headers). No symbol table is read, so the
time does not grow with the file's size.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from distroless_python.errors import Problem, ToolError

MAGIC = b"\x7fELF"

_ET_EXEC, _ET_DYN = 2, 3
_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_STRSZ, _DT_SONAME, _DT_RPATH, _DT_RUNPATH = 0, 1, 5, 10, 14, 15, 29
_DT_VERDEF, _DT_VERDEFNUM, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFFFC, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF
_VER_FLG_BASE, _VER_FLG_WEAK = 1, 2
_PN_XNUM = 0xFFFF

# Limits far above any real file, so that a hostile one costs no more than a moment.
_MAX_DYNAMIC = 1 << 20  # bytes
_MAX_STRING = 1 << 16  # bytes; an RPATH may be long
_MAX_VERSIONS = 1 << 14  # entries of all version tables together

# (e_machine, 64-bit, little endian) -> `uname -m`
_MACHINES = {
    (3, False, True): "i386",
    (8, True, True): "mips64el",
    (20, False, False): "ppc",
    (21, True, False): "ppc64",
    (21, True, True): "ppc64le",
    (22, True, False): "s390x",
    (40, False, True): "arm",
    (62, False, True): "x32",
    (62, True, True): "x86_64",
    (183, True, True): "aarch64",
    (243, False, True): "riscv32",
    (243, True, True): "riscv64",
    (258, True, True): "loongarch64",
}


@dataclass(frozen=True)
class ElfFacts:
    """One ELF executable or shared object.

    Attributes:
        path: where it is installed, without a leading slash.
        bits: 32 or 64.
        machine: as `uname -m` says it: `x86_64`, `aarch64`, `i386`, ...; `em_<number>` for one without a name here.
        soname: DT_SONAME, empty where there is none.
        needed: DT_NEEDED, in the file's order.
        rpath: DT_RPATH, split; the empty element (the current directory) is left out.
        runpath: DT_RUNPATH, likewise. The loader ignores `rpath` where this is there.
        requires: versions that the loader insists on, by the DT_NEEDED name that has to define them.
        defines: versions that this file defines, without the one that is named after the file.
        interpreter: PT_INTERP, the program's loader, empty for a library.
    """

    path: str
    bits: int
    machine: str
    soname: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    requires: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defines: tuple[str, ...] = ()
    interpreter: str = ""


class ElfError(ToolError):
    """An ELF file that the loader could not use."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(Problem(path, reason, "build or download the file again; this one is damaged"))
        self.reason = reason


class TruncatedElf(ElfError):
    """The file ends before something that its headers speak of."""


class BadElfTable(ElfError):
    """A header, table, address or string that cannot be right."""


@dataclass(frozen=True)
class _Segment:
    offset: int
    address: int
    size: int


class _Reader:
    """Reads structures and strings at file offsets or virtual addresses."""

    def __init__(self, stream: BinaryIO, path: str) -> None:
        self.path = path
        self._stream = stream
        self.size = stream.seek(0, io.SEEK_END)
        self.order = "<"
        self.loads: list[_Segment] = []

    def bytes_at(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > self.size:
            raise TruncatedElf(self.path, f"{what} at offset {offset}, {size} bytes, ends after the file's {self.size}")
        self._stream.seek(offset)
        return self._stream.read(size)

    def unpack(self, layout: str, offset: int, what: str) -> tuple[int, ...]:
        packed = struct.Struct(self.order + layout)
        return packed.unpack(self.bytes_at(offset, packed.size, what))

    def string_at(self, offset: int, limit: int, what: str) -> str:
        """The string at `offset`, which ends with a NUL within `limit` bytes."""
        limit = min(limit, self.size - offset, _MAX_STRING)
        found = b""
        while len(found) < limit:
            self._stream.seek(offset + len(found))
            chunk = self._stream.read(min(256, limit - len(found)))
            head, end, _ = chunk.partition(b"\0")
            found += head
            if end:
                return found.decode("utf-8", "backslashreplace")
            if not chunk:
                break
        raise BadElfTable(self.path, f"the string of {what} at offset {offset} has no end")

    def offset_of(self, address: int, what: str) -> int:
        for load in self.loads:
            if load.address <= address < load.address + load.size:
                return load.offset + address - load.address
        raise BadElfTable(self.path, f"{what} at address {address:#x} is in no loaded segment")


def read_elf(source: BinaryIO | bytes, path: str) -> ElfFacts | None:
    """Reads a seekable stream, from its start whatever its position, or bytes.

    Args:
        source: the file.
        path: where it is installed; stands in the facts and in errors.

    Returns:
        None where it is not an ELF executable or shared object (an object file or an OpenCL program).

    Raises:
        TruncatedElf: the file ends early.
        BadElfTable: a table or string is not where it is said to be, or a list has no end.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    stream.seek(0)
    if stream.read(4) != MAGIC:
        return None
    reader = _Reader(stream, path)
    bits, order, version = reader.bytes_at(4, 3, "the identification")
    known = bits in (1, 2) and order in (1, 2)
    reader.order = "<" if order == 1 else ">"
    if known and reader.unpack("H", 16, "the header")[0] not in (_ET_EXEC, _ET_DYN):
        return None
    if not known or version != 1:
        raise BadElfTable(path, f"unsupported ELF identification: class {bits}, data {order}, version {version}")
    wide = bits == 2
    header = reader.unpack("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH", 16, "the header")
    machine, phoff, phentsize, phnum = header[1], header[4], header[8], header[9]
    dynamic, interpreter = _read_segments(reader, wide, phoff, phentsize, phnum)
    entries = _read_dynamic(reader, wide, dynamic) if dynamic else {}
    return _facts(
        reader,
        entries,
        bits=64 if wide else 32,
        machine=_MACHINES.get((machine, wide, order == 1), f"em_{machine}"),
        interpreter=interpreter,
    )


def _read_segments(reader: _Reader, wide: bool, phoff: int, entsize: int, number: int) -> tuple[_Segment | None, str]:
    """Fills `reader.loads`; returns the dynamic segment and the interpreter."""
    dynamic, interpreter = None, ""
    layout = "IIQQQQQQ" if wide else "IIIIIIII"
    size = struct.calcsize("<" + layout)
    if (number and entsize != size) or number == _PN_XNUM:
        raise BadElfTable(reader.path, f"{number} program headers of {entsize} bytes; {size} bytes were expected")
    table = reader.bytes_at(phoff, number * size, "the program header table")
    for fields in struct.iter_unpack(reader.order + layout, table):
        offset, address, filesz = (fields[2], fields[3], fields[5]) if wide else (fields[1], fields[2], fields[4])
        segment = _Segment(offset, address, filesz)
        if fields[0] in (_PT_LOAD, _PT_DYNAMIC, _PT_INTERP) and filesz and offset + filesz > reader.size:
            raise TruncatedElf(
                reader.path, f"a segment at offset {offset}, {filesz} bytes, ends after the file's {reader.size}"
            )
        if fields[0] == _PT_LOAD:
            reader.loads.append(segment)
        elif fields[0] == _PT_DYNAMIC and filesz:
            dynamic = segment
        elif fields[0] == _PT_INTERP:
            interpreter = reader.string_at(offset, filesz, "the interpreter")
    return dynamic, interpreter


def _read_dynamic(reader: _Reader, wide: bool, segment: _Segment) -> dict[int, list[int]]:
    """Dynamic entries, tag to values in order, up to DT_NULL or the end of the segment."""
    layout = reader.order + ("QQ" if wide else "II")
    size = struct.calcsize(layout)
    length = min(segment.size, _MAX_DYNAMIC) // size * size
    entries: dict[int, list[int]] = {}
    for tag, value in struct.iter_unpack(layout, reader.bytes_at(segment.offset, length, "the dynamic section")):
        if tag == _DT_NULL:
            break
        entries.setdefault(tag, []).append(value)
    return entries


def _facts(reader: _Reader, entries: dict[int, list[int]], bits: int, machine: str, interpreter: str) -> ElfFacts:
    named = (_DT_NEEDED, _DT_SONAME, _DT_RPATH, _DT_RUNPATH, _DT_VERNEED, _DT_VERDEF)
    if not any(tag in entries for tag in named):
        return ElfFacts(reader.path, bits, machine, interpreter=interpreter)
    if _DT_STRTAB not in entries:
        raise BadElfTable(reader.path, "the dynamic section names no string table")
    # Of an entry that may stand once, the loader takes the last.
    start = reader.offset_of(entries[_DT_STRTAB][-1], "the string table")
    size = entries.get(_DT_STRSZ, [0])[-1]
    if start + size > reader.size:
        raise BadElfTable(reader.path, f"the string table, {size} bytes at offset {start}, ends outside the file")

    def string(offset: int, what: str) -> str:
        if offset >= size:
            raise BadElfTable(reader.path, f"the string of {what} is at {offset}, outside the table of {size} bytes")
        return reader.string_at(start + offset, size - offset, what)

    def directories(tag: int, what: str) -> tuple[str, ...]:
        values = entries.get(tag, [])[-1:]
        return tuple(part for value in values for part in string(value, what).split(":") if part)

    requires: dict[str, list[str]] = {}
    for file, name, flags in _versions_needed(reader, entries):
        if not flags & _VER_FLG_WEAK:  # the loader only mentions a weak one that is missing
            requires.setdefault(string(file, "a needed version's file"), []).append(string(name, "a needed version"))
    return ElfFacts(
        path=reader.path,
        bits=bits,
        machine=machine,
        soname="".join(string(value, "DT_SONAME") for value in entries.get(_DT_SONAME, [])[-1:]),
        needed=tuple(string(value, "DT_NEEDED") for value in entries.get(_DT_NEEDED, [])),
        rpath=directories(_DT_RPATH, "DT_RPATH"),
        runpath=directories(_DT_RUNPATH, "DT_RUNPATH"),
        requires={file: tuple(sorted(set(names))) for file, names in sorted(requires.items())},
        defines=tuple(string(name, "a defined version") for name in _versions_defined(reader, entries)),
        interpreter=interpreter,
    )


def _chain(
    reader: _Reader, start: int, count: int, layout: str, link: int, what: str, budget: list[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """A list whose entries say how far away the next is (field `link`); yields offset and fields."""
    offset = start
    for index in range(count):
        if not budget[0]:
            raise BadElfTable(reader.path, f"{what} has no end: more than {_MAX_VERSIONS} entries, or a cycle")
        budget[0] -= 1
        fields = reader.unpack(layout, offset, what)
        yield offset, fields
        if not fields[link]:
            if index + 1 < count:
                raise BadElfTable(reader.path, f"{what} has {index + 1} entries where {count} were announced")
            return
        offset += fields[link]


def _versions_needed(reader: _Reader, entries: dict[int, list[int]]) -> Iterator[tuple[int, int, int]]:
    """(file name, version name, flags) of each needed version; names are string table offsets."""
    budget = [_MAX_VERSIONS]
    for table, count in zip(entries.get(_DT_VERNEED, [])[-1:], entries.get(_DT_VERNEEDNUM, [])[-1:]):
        start = reader.offset_of(table, "the table of needed versions")
        # Verneed: version, count, file, first auxiliary, next. Vernaux: hash, flags, other, name, next.
        for offset, (_, number, file, first, _) in _chain(
            reader, start, count, "HHIII", 4, "the table of needed versions", budget
        ):
            for _, (_, flags, _, name, _) in _chain(
                reader, offset + first, number, "IHHII", 4, "a list of needed versions", budget
            ):
                yield file, name, flags


def _versions_defined(reader: _Reader, entries: dict[int, list[int]]) -> Iterator[int]:
    """String table offsets of the names of defined versions."""
    budget = [_MAX_VERSIONS]
    for table, count in zip(entries.get(_DT_VERDEF, [])[-1:], entries.get(_DT_VERDEFNUM, [])[-1:]):
        start = reader.offset_of(table, "the table of defined versions")
        # Verdef: version, flags, index, count, hash, first auxiliary, next. Verdaux: name, next.
        for offset, (_, flags, _, number, _, first, _) in _chain(
            reader, start, count, "HHHHIII", 6, "the table of defined versions", budget
        ):
            if number and not flags & _VER_FLG_BASE:  # the base version is the file's own name
                yield reader.unpack("II", offset + first, "the name of a defined version")[0]
