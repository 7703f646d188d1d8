"""Reading a Debian archive's indexes, believing only what its signature covers.

https://wiki.debian.org/DebianRepository/Format
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path

from distroless_python.debian.mirrors import NotFound, fetch
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.deb822 import Paragraph, parse_paragraph

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_END = b"-----END PGP SIGNATURE-----"
_RELEASE_LIMIT = 16 << 20
_INDEX_LIMIT = 1 << 30
_DECOMPRESSORS = ((".xz", lzma.decompress), (".gz", gzip.decompress), ("", bytes))


@dataclass(frozen=True)
class Suite:
    """One suite of a mirror, its Release file verified.

    Attributes:
        archive: `debian` or `debian-security`.
        address: the mirror's.
        name: `trixie-updates`.
        files: path below the suite to SHA-256 (hex) and size, as signed.
        by_hash: whether the mirror keeps indexes by their hash.
    """

    archive: str
    address: str
    name: str
    files: dict[str, tuple[str, int]]
    by_hash: bool


@dataclass(frozen=True)
class Package:
    """A package as an index describes it."""

    name: str
    version: str
    archive: str
    fields: Paragraph

    @property
    def path(self) -> str:
        return self.fields["Filename"]

    @property
    def sha256(self) -> str:
        return self.fields["SHA256"]

    @property
    def size(self) -> int:
        return int(self.fields["Size"])


def open_suite(archive: str, address: str, name: str, keyring: Path, *, allow_expired: bool = False) -> Suite:
    """Reads and verifies a suite's InRelease.

    Raises:
        ToolError: it is not there, not signed by a key of the keyring, of another suite, or out of date.
    """
    where = f"{address}/dists/{name}/InRelease"
    try:
        signed = fetch(where, _RELEASE_LIMIT)
    except NotFound:
        raise ToolError(
            Problem(where, "the mirror has no such suite", "give another mirror (--mirror, --security-mirror)")
        ) from None
    release = parse_paragraph(verify(signed, where, keyring).decode("utf-8", "replace"))
    codename = name.partition("/")[0]
    if release.get("Codename") != codename:
        raise _refused(where, f"it is the index of {release.get('Codename', 'nothing')!r}, not of {codename!r}")
    expires = release.get("Valid-Until", "")
    if expires and not allow_expired and parsedate_to_datetime(expires) < datetime.now(timezone.utc):
        raise ToolError(
            Problem(
                where,
                f"the index was valid until {expires}: the mirror is stale, or holds back updates",
                "use another mirror, or --allow-expired if an old archive is what you want",
            )
        )
    return Suite(archive, address, name, _checksums(release, where), release.get("Acquire-By-Hash") == "yes")


def verify(signed: bytes, where: str, keyring: Path) -> bytes:
    """Checks a clear-signed message with gpgv and returns the text that the signature covers.

    Raises:
        ToolError: gpgv or the keyring is missing, or no key of the keyring made a good signature.
    """
    if not keyring.is_file():
        raise ToolError(Problem(str(keyring), "no such keyring", "install debian-archive-keyring, or give --keyring"))
    # One message and nothing around it: what stands outside is not signed, and must not be read as if it were.
    if signed.count(_BEGIN) != 1 or not signed.startswith(_BEGIN) or not signed.rstrip().endswith(_END):
        raise _refused(where, "it is not one signed message")
    with tempfile.TemporaryDirectory() as directory:
        message, text, status = (Path(directory) / name for name in ("message", "text", "status"))
        message.write_bytes(signed)
        try:
            with status.open("wb") as stream:
                result = subprocess.run(
                    [
                        *("gpgv", f"--homedir={directory}", f"--keyring={keyring.absolute()}"),
                        *(f"--status-fd={stream.fileno()}", f"--output={text}", str(message)),
                    ],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(stream.fileno(),),
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                )
        except FileNotFoundError:
            raise ToolError(Problem("gpgv", "not installed", "install the Debian package gpgv")) from None
        words = {line.split()[1] for line in status.read_text("utf-8", "replace").splitlines() if " " in line}
        # An archive is signed by several keys, and an older keyring lacks the newest: one good signature is enough,
        # a bad, expired or revoked one is too many. This is apt's rule.
        if not words >= {"GOODSIG", "VALIDSIG"} or words & {"BADSIG", "REVKEYSIG"}:
            said = " ".join(result.stderr.decode("utf-8", "replace").split()) or "no signature"
            raise _refused(where, f"its signature was not made by a key of {keyring}: {said}")
        return text.read_bytes()


def read_packages(suite: Suite, architecture: str, only: str = "") -> Iterator[Package]:
    """The packages of a suite for an architecture (those for all are among them), in component main.

    Args:
        suite: a verified suite.
        architecture: Debian's word for it.
        only: the name of the packages to read; all if empty.

    Raises:
        ToolError: the index is missing or does not have the signed SHA-256.
    """
    stem = f"main/binary-{architecture}/Packages"
    where = f"{suite.address}/dists/{suite.name}"
    for suffix, decompress in _DECOMPRESSORS:
        if stem + suffix in suite.files:
            text = decompress(_index(suite, where, stem + suffix)).decode("utf-8", "replace")
            break
    else:
        raise _refused(f"{where}/InRelease", f"it lists no {stem}: the suite has nothing for {architecture}")
    for block in text.split("\n\n"):
        if block.strip() and (not only or f"Package: {only}\n" in block):
            fields = parse_paragraph(block)
            if only in ("", fields["Package"]):
                yield Package(fields["Package"], fields["Version"], suite.archive, fields)


def _index(suite: Suite, where: str, path: str) -> bytes:
    digest, size = suite.files[path]
    folder = path.rpartition("/")[0]
    # By hash first: a mirror that is being updated has the new InRelease and the old Packages, or the other way round.
    candidates = [f"{where}/{folder}/by-hash/SHA256/{digest}"] * suite.by_hash + [f"{where}/{path}"]
    for candidate in candidates:
        try:
            data = fetch(candidate, min(size, _INDEX_LIMIT))
        except NotFound:
            continue
        if len(data) != size or hashlib.sha256(data).hexdigest() != digest:
            raise _refused(candidate, f"its SHA-256 is {hashlib.sha256(data).hexdigest()}, the signed one {digest}")
        return data
    raise _refused(f"{where}/{path}", "the signed InRelease lists it, the mirror does not have it")


def _checksums(release: Paragraph, where: str) -> dict[str, tuple[str, int]]:
    files = {}
    for line in release.get("SHA256", "").splitlines():
        if line.strip():
            digest, size, path = line.split()
            files[path] = (digest, int(size))
    if not files:
        raise _refused(where, "it lists no SHA-256 checksums")
    return files


def _refused(where: str, reason: str) -> ToolError:
    return ToolError(
        Problem(where, f"refused: {reason}", "use another mirror; if this one is yours, find out who changed it")
    )
