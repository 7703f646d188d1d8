"""A Debian package becomes a layer, as in distroless."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from distroless_python.base.selection import SelectedEntry, merged, select, without
from distroless_python.debian.package import Deb
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.source import FileSource
from distroless_python.layer.writer import LayerWriter

STATUS = "var/lib/dpkg/status.d"
"""Where scanners look for packages that dpkg did not install."""

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"

_CERTIFICATE = re.compile(r"usr/share/ca-certificates/.+\.crt")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Expected:
    """What a .deb has to be; `sha256` is hex, None where it does not matter."""

    name: str
    version: str
    sha256: str | None = None


def check(path: str, deb: Deb, expected: Expected, problems: Collector) -> None:
    """Reports where a package is another one than was asked for."""
    remedy = "fetch the file that the lock names, or lock again"
    for field, wanted in (("Package", expected.name), ("Version", expected.version)):
        if deb.fields.get(field) != wanted:
            problems.add(path, f"{field} is {deb.fields.get(field)!r}, not {wanted!r}", remedy, "control")


def check_digest(path: str, sha256: str | None) -> None:
    """Checks a file's SHA-256 before anything in it is believed."""
    if sha256 is None:
        return
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while data := stream.read(_PIECE):
            digest.update(data)
    if digest.hexdigest() != sha256:
        reason = f"its SHA-256 is {digest.hexdigest()}, not {sha256}"
        raise ToolError(Problem(path, reason, "fetch it again; if it stays like this, lock again"))


@dataclass(frozen=True)
class Wanted:
    """What of a package goes into a layer; `exclude` has regular expressions of paths that do not."""

    name: str
    exclude: tuple[str, ...] = ()


def fill(writer: LayerWriter, path: str, deb: Deb, wanted: Wanted, problems: Collector) -> None:
    """Adds a package's files, and what scanners read of it."""
    name = wanted.name
    entries = without(select(deb.members, path, problems), wanted.exclude)
    if problems:
        return
    if name == "ca-certificates":
        entries = _bundle_certificates(writer, deb, entries)
    for entry in entries:
        _add(writer, deb, entry)
    kept = {entry.path for entry in entries}
    sums = sorted((merged(file), digest) for file, digest in deb.md5sums.items() if merged(file) in kept)
    writer.add_file(f"{STATUS}/{name}", 0o644, deb.control.encode())
    writer.add_file(f"{STATUS}/{name}.md5sums", 0o644, "".join(f"{d}  {file}\n" for file, d in sums).encode())


def _add(writer: LayerWriter, deb: Deb, entry: SelectedEntry) -> None:
    member = entry.member
    if member.isdir():
        writer.add_directory(entry.path, _directory_mode(member.mode))
    elif member.issym():
        writer.add_link(entry.path, entry.target)
    elif entry.target:
        writer.add_hardlink(entry.path, entry.target, _file_mode(member.mode))
    else:
        writer.add_file(entry.path, _file_mode(member.mode), FileSource(deb.data, member.offset_data, member.size))


def _file_mode(mode: int) -> int:
    """Nothing is setuid, since no process in the image becomes root; all may read what all may download."""
    return 0o755 if mode & 0o111 else 0o644


def _directory_mode(mode: int) -> int:
    """Directories that all may write to stay so, with the sticky bit; those of root alone too."""
    if mode & 0o002:
        return 0o1777
    return 0o755 if mode & 0o077 else 0o700


def _bundle_certificates(writer: LayerWriter, deb: Deb, entries: list[SelectedEntry]) -> list[SelectedEntry]:
    """Does what update-ca-certificates(8) would: certificates become one file. The parts and the program go."""
    certificates = sorted((e for e in entries if _CERTIFICATE.fullmatch(e.path)), key=lambda entry: entry.path)
    sources = [FileSource(deb.data, e.member.offset_data, e.member.size) for e in certificates if e.member.isreg()]
    writer.add_file(CERTIFICATES, 0o644, b"".join(source.read().rstrip(b"\n") + b"\n" for source in sources))
    return [entry for entry in entries if entry.path.startswith("usr/share/doc/")]
