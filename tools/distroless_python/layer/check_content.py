"""Compares a wheel's content with its SHA-256, its zip's CRC-32s and its RECORD."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Optional

from distroless_python.errors import Collector
from distroless_python.formats.paths import printable
from distroless_python.formats.remedies import BUILD_AGAIN
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import Installation
from distroless_python.layer.wheel import Wheel
from distroless_python.python.metadata import STRONG, encode_hash

if TYPE_CHECKING:
    from pathlib import Path

_READ = 1 << 20


def check_file(path: Path | str, sha256: Optional[str], problems: Collector) -> None:
    """Adds a problem if the file is not the one that was locked."""
    if not sha256:
        return
    digest = hashlib.sha256()
    try:
        with open(path, "rb", buffering=0) as file:
            while piece := file.read(_READ):
                digest.update(piece)
    except OSError:
        return  # reported when it is opened
    if digest.hexdigest() != sha256.lower():
        reason = f"its SHA-256 is {digest.hexdigest()}, and {sha256.lower()} was locked"
        problems.add(os.path.basename(path), reason, "fetch it again; if it was republished on purpose, lock again")


def check_content(wheel: Wheel, problems: Collector) -> None:
    """Reads every member to its end and adds what does not fit; slow, for wheels that are known to be wrong."""
    unreadable = {member.name for member in wheel.archive.members if not member.is_readable}
    for file in wheel.members:
        if file.origin not in unreadable:
            with problems.catching():
                _check_hash(wheel, file, "", problems)


def check_written(
    wheel: Wheel,
    installation: Installation,
    digests: Mapping[str, str],
    problems: Collector,
    elsewhere: Iterable[LayerFile] = (),
) -> None:
    """Compares what was written, SHA-256 by path, with RECORD; reads again only what RECORD has another hash of.

    Files that are `elsewhere`, in other layers of the wheel, are compared there.
    """
    paths = {id(file.source): file.path for file in installation.files}
    skipped = {id(file.source) for file in elsewhere}
    for file in (member for member in wheel.members if id(member.source) not in skipped):
        _check_hash(wheel, file, digests.get(paths.get(id(file.source), ""), ""), problems)


def _check_hash(wheel: Wheel, file: LayerFile, sha256: str, problems: Collector) -> None:
    """Compares a member with its row of RECORD; reads it unless its SHA-256 is known and is what the row has."""
    expected = file.hash
    if sha256 and expected == encode_hash(bytes.fromhex(sha256)):
        return
    algorithm = expected.partition("=")[0] if expected.startswith(STRONG) else "sha256"
    digest = hashlib.new(algorithm)
    for piece in file.source.pieces():
        digest.update(piece)
    if expected.startswith(STRONG) and expected.rstrip("=") != encode_hash(digest.digest(), algorithm):
        reason = f"its {algorithm} is not the one in RECORD"
        problems.add(wheel.archive.subject, reason, BUILD_AGAIN, printable(file.origin))
