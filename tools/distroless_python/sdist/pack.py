"""Writing a wheel so that its bytes depend on its files only.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from distroless_python.errors import Problem, ToolError

_TIME = (1980, 1, 1, 0, 0, 0)
_PIECE = 1 << 20
_SIGNATURES = ("RECORD", "RECORD.jws", "RECORD.p7s")


def pack(directory: str, tag: str, stream: BinaryIO, subject: str) -> None:
    """Packs an unpacked wheel: members sorted, stored, without times; its WHEEL says `tag`, its RECORD what is there.

    Raises:
        ToolError: it is not a wheel, or has something else than files.
    """
    paths = sorted(_files(directory, "", subject))
    infos = [path for path in paths if path.count("/") == 1 and path.endswith(".dist-info/WHEEL")]
    if len(infos) != 1:
        raise ToolError(
            Problem(subject, f"the build made no wheel: {len(infos)} files WHEEL in it", "report it upstream")
        )
    info = infos[0].rpartition("/")[0]
    record = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(paths, key=lambda path: (path.startswith(f"{info}/"), path)):
            if path.startswith(f"{info}/") and path.rpartition("/")[2] in _SIGNATURES:
                continue
            place = os.path.join(directory, path)
            with io.BytesIO(_retagged(place, tag)) if path == infos[0] else open(place, "rb") as source:
                mode = 0o755 if os.stat(place).st_mode & 0o111 else 0o644
                digest, size = _add(archive, path, mode, source)
            record.append(f"{_quoted(path)},sha256={digest},{size}\n")
        record.append(f"{_quoted(f'{info}/RECORD')},,\n")
        archive.writestr(_member(f"{info}/RECORD", 0o644), "".join(record))


def _files(directory: str, below: str, subject: str) -> Iterator[str]:
    with os.scandir(os.path.join(directory, below)) as entries:
        for entry in entries:
            path = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                yield from _files(directory, f"{path}/", subject)
            elif entry.is_file(follow_symlinks=False):
                yield path
            else:
                raise ToolError(
                    Problem(subject, "the wheel that was built has a link in it", "report it upstream", path)
                )


def _retagged(path: str, tag: str) -> bytes:
    """A WHEEL file for one tag: it was built for one image, whatever it calls itself."""
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line.strip()]
    kept = [line for line in lines if not line.lower().startswith(("tag:", "build:"))]
    return "".join(f"{line}\n" for line in (*kept, f"Tag: {tag}")).encode()


def _add(archive: zipfile.ZipFile, path: str, mode: int, source: BinaryIO) -> tuple[str, int]:
    """Adds a file; returns its digest as RECORD has it, and its size."""
    digest, size = hashlib.sha256(), 0
    with archive.open(_member(path, mode), "w") as target:
        while data := source.read(_PIECE):
            digest.update(data)
            target.write(data)
            size += len(data)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode(), size


def _member(path: str, mode: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(path, _TIME)
    member.create_system = 3  # Unix, on any machine
    member.external_attr = (stat.S_IFREG | mode) << 16
    return member


def _quoted(path: str) -> str:
    """A field of a CSV file."""
    return '"' + path.replace('"', '""') + '"' if set(path) & set(',"\r\n') else path
