"""Debian packages and archives synthesised for tests: real .deb files, and indexes that a real gpgv accepts."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import lzma
import math
import random
import struct
import tarfile
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from support.layouts import member, tar

Item = Union[tuple[tarfile.TarInfo, bytes], tarfile.TarInfo]
"""A member of a tar archive, with its content where it has any."""

_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    ".gz": lambda data: gzip.compress(data, 1, mtime=0),
    ".xz": lambda data: lzma.compress(data, preset=0),
    ".zst": lambda data: b"\x28\xb5\x2f\xfd" + data,
}


def ar(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A Unix archive."""
    data = b"!<arch>\n"
    for name, content in members:
        header = f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n"
        data += header.encode() + content + b"\n" * (len(content) % 2)
    return data


def files(contents: Mapping[str, bytes | str]) -> list[Item]:
    """Members of a package as dpkg-deb writes them: directories (a name that ends in a slash, and those above files),
    files (bytes; 0755 in a bin directory) and links (a string: the target)."""
    found: dict[str, Item] = {}
    for name, content in contents.items():
        parts = name.rstrip("/").split("/")
        for depth in range(1, len(parts) + name.endswith("/")):
            path = "./" + "/".join(parts[:depth])
            found.setdefault(path, member(path, tarfile.DIRTYPE, mode=0o755))
        if isinstance(content, str):
            found[name] = member(f"./{name}", tarfile.SYMTYPE, linkname=content, mode=0o777)
        elif not name.endswith("/"):
            found[name] = (member(f"./{name}", mode=0o755 if "bin/" in name else 0o644), content)
    return [member("./", tarfile.DIRTYPE, mode=0o755), *found.values()]


def deb(
    name: str,
    version: str = "1.0-1",
    data: Iterable[Item] = (),
    *,
    architecture: str = "amd64",
    compression: str = ".xz",
    fields: Mapping[str, str] | None = None,
    md5sums: bool = True,
) -> bytes:
    """A Debian package; `fields` are further fields of its control file."""
    items = list(data)
    control = control_paragraph(name, version, architecture=architecture, **(fields or {}))
    sums = "".join(
        f"{hashlib.md5(item[1]).hexdigest()}  {item[0].name.removeprefix('./')}\n"
        for item in items
        if isinstance(item, tuple)
    )
    parts: list[Item] = [(member("./control"), control.encode())]
    if md5sums:
        parts.append((member("./md5sums"), sums.encode()))
    pack = _COMPRESS[compression]
    return ar(
        [
            ("debian-binary", b"2.0\n"),
            (f"control.tar{compression}", pack(tar(parts))),
            (f"data.tar{compression}", pack(tar(items))),
        ]
    )


def control_paragraph(name: str, version: str, *, architecture: str = "amd64", **fields: str) -> str:
    """A control file; in `fields`, `pre_depends` is Pre-Depends."""
    values = {
        "Package": name,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": "Nobody <nobody@example.com>",
        **{key.replace("_", "-").title(): value for key, value in fields.items()},
        "Description": f"{name}\n Synthesised for a test.",
    }
    return "".join(f"{key}: {value}\n" for key, value in values.items())


@dataclass
class Archive:
    """A Debian mirror on disk, below `root`: `add` packages, then `publish` suites."""

    root: Path
    key: Key
    _stanzas: dict[str, list[str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.root.as_uri()

    def add(self, suite: str, name: str, version: str, *, architecture: str = "amd64", **fields: str) -> Path:
        """Adds a package to a suite of one architecture; returns its file."""
        content = deb(name, version, architecture=architecture, compression="", fields=fields)
        path = self.root / f"pool/main/{name[0]}/{name}/{name}_{version.rpartition(':')[2]}_{architecture}.deb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        stanza = control_paragraph(name, version, architecture=architecture, **fields)
        about = {
            "Filename": path.relative_to(self.root),
            "Size": len(content),
            "SHA256": hashlib.sha256(content).hexdigest(),
        }
        stanza += "".join(f"{key}: {value}\n" for key, value in about.items())
        self._stanzas.setdefault(f"{suite}/{architecture}", []).append(stanza)
        return path

    def publish(
        self, suite: str, architectures: Sequence[str] = ("amd64", "arm64"), *, suffix: str = ".xz", **fields: str
    ) -> Path:
        """Writes a suite's indexes and signs them; returns InRelease. `fields` are of the Release file."""
        directory = self.root / "dists" / suite
        lines = []
        for architecture in architectures:
            packages = "\n".join(self._stanzas.get(f"{suite}/{architecture}", ())).encode()
            name = f"main/binary-{architecture}/Packages{suffix}"
            data = _COMPRESS[suffix](packages)
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(data)
            lines.append(f" {hashlib.sha256(data).hexdigest()} {len(data)} {name}")
        values = {
            "Origin": "Debian",
            "Codename": suite.partition("/")[0],
            "Date": "Sat, 01 Aug 2026 00:00:00 UTC",
            **{key.replace("_", "-").title(): value for key, value in fields.items()},
        }
        release = "".join(f"{key}: {value}\n" for key, value in values.items())
        in_release = directory / "InRelease"
        in_release.write_bytes(self.key.clear_sign(release + "SHA256:\n" + "\n".join(lines) + "\n"))
        return in_release


@dataclass(frozen=True)
class Key:
    """An OpenPGP key (RFC 4880, RSA) that signs as an archive's key does; of equal seeds, the same."""

    modulus: int
    private: int
    exponent: int = 65537

    @classmethod
    def make(cls, seed: int = 0) -> Key:
        return _make_key(seed)

    def keyring(self) -> bytes:
        """The public key with a user ID, as in /usr/share/keyrings."""
        user = b"Test archive <archive@example.com>"
        public = _packet(6, self._public())
        hashed = b"\x99" + struct.pack(">H", len(self._public())) + self._public()
        hashed += b"\xb4" + struct.pack(">I", len(user)) + user
        return public + _packet(13, user) + _packet(2, self._signature(0x13, hashed))

    def clear_sign(self, text: str) -> bytes:
        """A clear-signed message, as InRelease is one."""
        lines = [line.rstrip(" \t\r") for line in text.rstrip("\n").split("\n")]
        signature = _packet(2, self._signature(0x01, "\r\n".join(lines).encode()))
        return (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
            + "\n".join(f"- {line}" if line.startswith("-") else line for line in lines)
            + "\n-----BEGIN PGP SIGNATURE-----\n\n"
            + textwrap.fill(base64.b64encode(signature).decode(), 64)
            + "\n="
            + base64.b64encode(_crc24(signature)).decode()
            + "\n-----END PGP SIGNATURE-----\n"
        ).encode()

    def _public(self) -> bytes:
        return b"\x04" + struct.pack(">I", 1_700_000_000) + b"\x01" + _mpi(self.modulus) + _mpi(self.exponent)

    def _signature(self, kind: int, data: bytes) -> bytes:
        fingerprint = hashlib.sha1(b"\x99" + struct.pack(">H", len(self._public())) + self._public()).digest()
        hashed_part = b"\x05\x02" + struct.pack(">I", 1_700_000_001)
        head = struct.pack(">BBBBH", 4, kind, 1, 8, len(hashed_part)) + hashed_part
        digest = hashlib.sha256(data + head + b"\x04\xff" + struct.pack(">I", len(head))).digest()
        size = (self.modulus.bit_length() + 7) // 8
        info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
        padded = b"\0\x01" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        value = pow(int.from_bytes(padded, "big"), self.private, self.modulus)
        issuer = b"\x09\x10" + fingerprint[-8:]
        return head + struct.pack(">H", len(issuer)) + issuer + digest[:2] + _mpi(value)


@functools.lru_cache(None)
def _make_key(seed: int) -> Key:
    source = random.Random(seed)
    first, second = _prime(source), _prime(source)
    return Key(first * second, pow(65537, -1, (first - 1) * (second - 1)))


def _prime(source: random.Random, bits: int = 512) -> int:
    small = math.prod(n for n in range(3, 1000, 2) if all(n % d for d in range(3, n, 2)))
    while True:
        candidate = source.getrandbits(bits) | 3 << bits - 2 | 1
        if math.gcd(candidate, small) == 1 and candidate % 65537 != 1 and pow(2, candidate - 1, candidate) == 1:
            return candidate


def _packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 0xFF]) + struct.pack(">I", len(body)) + body


def _mpi(value: int) -> bytes:
    return struct.pack(">H", value.bit_length()) + value.to_bytes((value.bit_length() + 7) // 8, "big")


def _crc24(data: bytes) -> bytes:
    value = 0xB704CE
    for byte in data:
        value ^= byte << 16
        for _ in range(8):
            value = value << 1 ^ (0x1864CFB if value & 0x800000 else 0)
    return value.to_bytes(3, "big")
