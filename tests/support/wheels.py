"""Synthesises wheels, good and evil: the zip is written here, byte by byte, so that it can lie."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distroless_python.documents.python_target import PythonTarget
from distroless_python.manifests.layers import LayerOutput

EXECUTABLE, REGULAR, SYMLINK = 0o100755, 0o100644, 0o120777
STORED, DEFLATED = 0, 8
_IN_EXTRA = 0xFFFFFFFF

TARGET = PythonTarget(
    version="3.13",
    executable="/usr/bin/python3.13",
    dist_packages="/usr/local/lib/python3.13/dist-packages",
    cache_tag="cpython-313",
    prefix="/usr/local",
)
"""Debian 13's Python, as layers know it."""

SITE = "usr/local/lib/python3.13/dist-packages"


@dataclass(frozen=True)
class Member:
    """A zip member; whatever is not None replaces the truth in the local header and in the directory."""

    name: str | bytes
    data: bytes = b""
    mode: int = REGULAR
    method: int = DEFLATED
    flags: int = 0
    crc: int | None = None
    size: int | None = None
    packed_size: int | None = None
    packed: bytes | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    offset: int | None = None
    extra: bytes = b""
    zip64: bool = False

    @property
    def raw_name(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name

    def content(self) -> bytes:
        """The bytes in the zip."""
        if self.packed is not None:
            return self.packed
        return deflate(self.data) if self.method == DEFLATED else self.data


def deflate(data: bytes, level: int = 6) -> bytes:
    """`data` as a raw deflate stream."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def write_zip(path: Path, members: Iterable[Member]) -> Path:
    """Writes a zip of `members`, lies included."""
    body, directory, count = bytearray(), bytearray(), 0
    for member in members:
        content = member.content()
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        packed_size = len(content) if member.packed_size is None else member.packed_size
        flags = member.flags | (0x800 if not member.raw_name.isascii() else 0)
        offset = len(body) if member.offset is None else member.offset
        local_name = member.raw_name if member.local_name is None else member.local_name
        local_size = size if member.local_size is None else member.local_size
        local = (
            20,
            flags,
            member.method,
            0,
            0x21,
            crc,
            min(packed_size, _IN_EXTRA),
            local_size,
            len(local_name),
            len(member.extra),
        )
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *local) + local_name + member.extra + content
        extra = struct.pack("<2H3Q", 1, 24, size, packed_size, offset) if member.zip64 else b""
        fields = (_IN_EXTRA,) * 3 if member.zip64 else (packed_size, size, offset)
        central = (3 << 8 | 20, 20, flags, member.method, 0, 0x21, crc, *fields[:2], len(member.raw_name), len(extra))
        directory += struct.pack("<4s6H3L5H2L", b"PK\1\2", *central, 0, 0, 0, member.mode << 16, fields[2])
        directory += member.raw_name + extra
        count += 1
    count = min(count, 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    path.write_bytes(bytes(body + directory + end))
    return path


def record_hash(data: bytes, algorithm: str = "sha256") -> str:
    """A hash as RECORD has it."""
    digest = hashlib.new(algorithm, data).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@dataclass(frozen=True)
class WheelSource:
    """What a wheel is made of; `write` makes it.

    Attributes:
        files: path in the zip to content.
        executable: paths with executable bits.
        metadata: lines added to METADATA.
        wheel: lines of WHEEL; None for the usual ones.
        record: RECORD's text; None for the right one, empty for no RECORD.
        extra: members added behind RECORD, not listed in it.
        change: members by name, to be replaced after RECORD was written.
    """

    name: str = "demo"
    version: str = "1.0"
    tag: str = "py3-none-any"
    files: Mapping[str, bytes] | None = None
    executable: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    wheel: tuple[str, ...] | None = None
    entry_points: str = ""
    record: str | None = None
    file_name: str = ""
    extra: tuple[Member, ...] = ()
    change: Mapping[str, Member] | None = None

    @property
    def dist_info(self) -> str:
        return f"{self.name}-{self.version}.dist-info"

    def members(self) -> list[Member]:
        """The members, RECORD last."""
        files = dict({"demo/__init__.py": b"X = 1\n"} if self.files is None else self.files)
        metadata = ("Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}", *self.metadata, "")
        wheel = ("Wheel-Version: 1.0", "Generator: test", "Root-Is-Purelib: true", f"Tag: {self.tag}", "")
        files.setdefault(f"{self.dist_info}/METADATA", "\n".join(metadata).encode())
        files.setdefault(f"{self.dist_info}/WHEEL", "\n".join(wheel if self.wheel is None else self.wheel).encode())
        if self.entry_points:
            files[f"{self.dist_info}/entry_points.txt"] = self.entry_points.encode()
        record_path = f"{self.dist_info}/RECORD"
        rows = [f"{path},{record_hash(data)},{len(data)}" for path, data in files.items()] + [f"{record_path},,", ""]
        record = "\n".join(rows) if self.record is None else self.record
        members = [
            Member(path, data, EXECUTABLE if path in self.executable else REGULAR) for path, data in files.items()
        ]
        if record:
            members.append(Member(record_path, record.encode()))
        changes = self.change or {}
        return [changes.get(str(member.name), member) for member in members] + list(self.extra)

    def write(self, directory: Path) -> Path:
        """Writes the wheel under its name."""
        name = self.file_name or f"{self.name}-{self.version}-{self.tag}.whl"
        return write_zip(directory / name, self.members())

    def changed(self, name: str, **lies: Any) -> WheelSource:
        """This wheel with one member's declarations replaced."""
        member = next(member for member in self.members() if member.name == name)
        return replace(self, change={**(self.change or {}), name: replace(member, **lies)})


def write_target(directory: Path, **python: Any) -> str:
    """A base's python.json; `python` replaces members of `TARGET`."""
    replace(TARGET, **python).write(directory / "python.json")
    return str(directory / "python.json")


def layer_output(directory: Path, name: str = "x") -> LayerOutput:
    """Where an action writes a layer to."""
    return LayerOutput(*(str(directory / f"{name}.{end}") for end in ("layer.tar.gz", "layer.json", "contents.json")))
