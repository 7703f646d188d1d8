"""Hostile wheels, by their zip: names, modes, and all in which directory and members may contradict each other."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.wheels import DEFLATED, EXECUTABLE, STORED, Member, WheelSource, deflate, record_hash

Maker = Callable[[Path], Path]
"""Writes an input into a directory, and returns its path."""

INFO = "demo-1.0.dist-info"
TEXT = b"some text, some more text\n" * 40
NAMES = [
    "../evil",
    "a/../../evil",
    "a/../b",
    "..",
    "a/..",
    "/etc/passwd",
    "//etc/passwd",
    "C:/evil",
    "C:evil",
    "a\\b",
    "..\\evil",
    "a//b",
    "./a",
    "a/./b",
    "a/.",
    ".",
    "",
    "a\0b",
    "a\nb",
    "a\rb",
    "a\tb",
    "a b",
    " ",
    "a ",
    "a.",
    "a:b",
    "a*?b",
    "-rf",
    "~/x",
    "$HOME",
    "%2e%2e/x",
    "CON",
    "aux.py",
    "a\x1b[31m",
    "\u202eyp.x",
    "\ufeffx",
    "e\u0301/x",
    "\u00e9/x",
    "\U0001f600",
    ".wh.demo",
    "demo/.wh..wh..opq",
    "demo/.wh.__init__.py",
    ".wh.demo/x.py",
    ".WH.demo",
    "wh.demo",
    "x" * 255,
    "x" * 256,
    "ä" * 127 + "x",
    "ä" * 128,
    "/".join(["d" * 250] * 15),
    "/".join(["d" * 250] * 17),
    "/".join("d" * 2000),
    "x" * 65000,
    f"demo/{'m' * 240}.py",
    f"demo/{'m' * 252}.py",
    "demo/__init__.py/x",
    "__pycache__/demo.cpython-313.pyc",
    "demo/__pycache__/__init__.cpython-313.pyc",
    "demo.pth",
    "sitecustomize.py",
    "usercustomize.py",
    "zzz.dist-info/METADATA",
    "demo-1.0.DIST-INFO/METADATA",
    f"{INFO}/../x",
    f"{INFO}/INSTALLER",
    f"{INFO}/REQUESTED",
    f"{INFO}/direct_url.json",
    f"{INFO}/RECORD.jws",
    f"{INFO}/sboms/x.json",
    "x.data",
    "DEMO/__init__.py",
]
MODES = {
    "symbolic link": 0o120777,
    "block device": 0o060660,
    "character device": 0o020666,
    "pipe": 0o010644,
    "socket": 0o140644,
    "setuid": 0o104755,
    "setgid": 0o102755,
    "no permissions": 0o100000,
    "directory": 0o040755,
    "kind 3": 0o030644,
    "write for all": 0o100666,
    "only executable": 0o100111,
}


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for name in NAMES:
        yield f"name {name[:30]!r} {len(name.encode())}", _with(Member(name, b"x"))
    for what, mode in MODES.items():
        yield f"mode: {what}", _with(Member("demo/x", b"/etc/passwd", mode))
    for what, members in _members():
        yield f"member: {what}", _with(*members)
    for what, change in _CHANGED.items():
        yield f"file: {what}", _changed(change)
    yield "a bomb of zeros", _with(Member("demo/zeros", bytes(64 << 20)))
    yield "members that share their bytes", _overlapping
    yield "seventy thousand members", _many
    yield "a bomb in METADATA", lambda place: WheelSource(files={f"{INFO}/METADATA": bytes(80 << 20)}).write(place)
    yield "a bomb in RECORD", lambda place: WheelSource(record="\n" * (70 << 20)).write(place)


def _with(*members: Member) -> Maker:
    """A good wheel and members that RECORD lists."""

    def make(place: Path) -> Path:
        rows = [member.data.decode() for member in WheelSource().members() if str(member.name).endswith("RECORD")]
        for member in members:
            name = member.name if isinstance(member.name, str) else member.name.decode("utf-8", "replace")
            quoted = '"' + name.replace('"', '""') + '"'
            rows.append(f"{quoted},{record_hash(member.data)},{len(member.data)}\n")
        return WheelSource(record="".join(rows), extra=members).write(place)

    return make


def _members() -> Iterator[tuple[str, list[Member]]]:
    good = Member("demo/x.txt", TEXT)
    other = Member("demo/y.txt", TEXT)
    for method in (1, 2, 6, 8, 9, 12, 14, 20, 93, 95, 97, 98, 0xFFFF):
        yield f"method {method}", [replace(good, method=method, packed=TEXT)]
    for flag in range(16):
        yield f"flag {flag}", [replace(good, flags=1 << flag)]
    for lie in ("size", "packed_size", "local_size", "crc"):
        for value in (0, 1, len(TEXT) - 1, len(TEXT) + 1, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF):
            yield f"{lie} {value}", [_lying(good, lie, value), other]
    for value in (0, 1, 1 << 31, 0xFFFFFFFE):
        yield f"offset {value}", [replace(good, offset=value)]
    for value in (0, 1 << 32, 1 << 62, 1 << 63, (1 << 64) - 1):
        yield f"zip64 offset {value}", [replace(good, offset=value, zip64=True)]
        yield f"zip64 size {value}", [replace(good, size=value, local_size=len(TEXT), zip64=True)]
        yield f"zip64 packed size {value}", [replace(good, packed_size=value, zip64=True)]
    yield "zip64, honest", [replace(good, zip64=True, packed_size=len(deflate(TEXT)))]
    yield "zip64 without its record", [replace(good, size=0xFFFFFFFF, packed_size=0xFFFFFFFF, offset=0xFFFFFFFF)]
    yield "twice", [good, good]
    yield "twice with other bytes", [good, replace(good, data=b"other")]
    yield "file and directory", [good, Member("demo/x.txt/y")]
    yield "directory and file", [Member("demo/x.txt/", mode=0o40755), good]
    yield "a directory with bytes", [Member("demo/d/", b"x")]
    yield "an empty directory", [Member("demo/empty/", mode=0o40755)]
    yield "another name before the bytes", [replace(good, local_name=b"../../evil")]
    yield "no name before the bytes", [replace(good, local_name=b"")]
    yield "a name that is not UTF-8", [replace(good, name=b"demo/\xff\xfe.txt", flags=0x800)]
    yield "a name in another code page", [replace(good, name="demo/ä.txt".encode("cp437"))]
    yield "upper and lower case", [good, replace(good, name="demo/X.txt")]
    yield "stored", [replace(good, method=STORED)]
    yield "stored with another size", [replace(good, method=STORED, size=3)]
    yield "deflate: cut", [replace(good, packed=deflate(TEXT)[:-3])]
    yield "deflate: bytes behind", [replace(good, packed=deflate(TEXT) + b"evil")]
    yield "deflate: a bad block", [replace(good, packed=b"\xff" * 30)]
    yield "deflate: blocks of nothing", [replace(good, packed=b"\0\0\0\xff\xff" * 60_000 + deflate(TEXT))]
    yield "deflate: empty", [replace(good, packed=b"")]
    yield "deflate: zlib's header", [replace(good, packed=zlib.compress(TEXT))]
    yield "deflate: a large file, cut", [replace(good, data=bytes(3 << 20), packed=deflate(bytes(3 << 20))[:-9])]
    yield "extra fields of 64 kB", [replace(good, extra=b"\x99\x99\xf0\xff" + bytes(0xFFF0))]
    yield "extra fields that are cut", [replace(good, extra=b"\1\0\xff\xff")]
    yield "an executable", [replace(good, mode=EXECUTABLE)]
    yield "no content", [Member("demo/none", b"", method=DEFLATED)]


def _lying(member: Member, field: str, value: int) -> Member:
    fields: dict[str, Any] = {field: value}
    return replace(member, **fields)


Change = Callable[[bytes], bytes]
_END = b"PK\5\6"


def _end(**fields: int) -> Change:
    """Fields of the end record, replaced."""
    places = {"disk": (4, "<H"), "directory_disk": (6, "<H"), "here": (8, "<H"), "count": (10, "<H")}
    places.update(size=(12, "<L"), offset=(16, "<L"), comment=(20, "<H"))

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        for name, value in fields.items():
            struct.pack_into(places[name][1], changed, data.rindex(_END) + places[name][0], value)
        return bytes(changed)

    return change


def _locator(offset: int) -> Change:
    return lambda data: data[:-22] + struct.pack("<4sLQL", b"PK\6\7", 0, offset, 1) + data[-22:]


def _second(data: bytes) -> bytes:
    """An end record in the comment of an end record."""
    inner = data[data.rindex(_END) :]
    return _end(comment=len(inner))(data) + inner


_CHANGED: dict[str, Change] = {
    "empty": lambda _: b"",
    "one byte": lambda _: b"P",
    "text": lambda _: b"Not a zip at all.\n" * 100,
    "only an end record": lambda _: _END + bytes(18),
    "zeros": lambda _: bytes(100_000),
    "gzip": lambda data: b"\x1f\x8b\x08\0" + data,
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut before the end record": lambda data: data[:-22],
    "cut in the end record": lambda data: data[:-3],
    "cut at the start": lambda data: data[10:],
    "bytes before": lambda data: b"#!/bin/sh\n" + data,
    "bytes behind": lambda data: data + b"evil",
    "a comment": lambda data: _end(comment=4)(data) + b"good",
    "a comment of 64 kB": lambda data: _end(comment=0xFFFF)(data) + bytes(0xFFFF),
    "an end record in a comment": _second,
    "twice": lambda data: data + data,
    "count 0": _end(count=0, here=0),
    "count 1": _end(count=1, here=1),
    "count 65535": _end(count=0xFFFF, here=0xFFFF),
    "disk 1": _end(disk=1),
    "directory on disk 1": _end(directory_disk=1),
    "directory at 0": _end(offset=0),
    "directory behind the end": _end(offset=0x7FFFFFFF),
    "directory at 2^32-1": _end(offset=0xFFFFFFFF),
    "directory of no size": _end(size=0),
    "directory of 2^32-1": _end(size=0xFFFFFFFF),
    "directory of another size": _end(size=77),
    "comment behind the end": _end(comment=9),
    "zip64 locator to 0": _locator(0),
    "zip64 locator behind the end": _locator(1 << 40),
    "zip64 locator to 2^63": _locator(1 << 63),
    "zip64 locator to 2^64-1": _locator((1 << 64) - 1),
    "broken signature in the directory": lambda data: data[::-1].replace(b"\2\1KP", b"\3\1KP", 1)[::-1],
    "broken signature of a member": lambda data: b"PK\3\5" + data[4:],
    "name size in the directory": lambda data: (
        data[: (at := data.index(b"PK\1\2") + 28)] + b"\xff\xff" + data[at + 2 :]
    ),
    "extra size in the directory": lambda data: (
        data[: (at := data.index(b"PK\1\2") + 30)] + b"\xff\xff" + data[at + 2 :]
    ),
}


def _changed(change: Change) -> Maker:
    def make(place: Path) -> Path:
        path = WheelSource().write(place)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def _overlapping(place: Path) -> Path:
    """Many names for the bytes of one member."""
    kernel = Member("demo/0", bytes(1 << 20))
    return _with(kernel, *(replace(kernel, name=f"demo/{n}", offset=0, packed=b"") for n in range(1, 200)))(place)


def _many(place: Path) -> Path:
    return WheelSource(files={f"demo/{number}.txt": b"" for number in range(70_000)}).write(place)
