"""Joins layer files into one layer: their bodies are copied byte by byte, the head is made anew."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from distroless_python.documents.layer_facts import Blob, LayerFacts, Span
from distroless_python.errors import Problem, ToolError
from distroless_python.formats import gzip_member, tar
from distroless_python.formats.tarfiles import open_tar
from distroless_python.layer.writer import TAIL

_READ = 256 << 10
_REMEDY = "this file is written by a layer action: report it, with the command that was run"


@dataclass(frozen=True)
class LayerPart:
    """A layer file and its facts."""

    path: Path
    facts: LayerFacts


@dataclass(frozen=True)
class JoinedLayer:
    """The layer that came out."""

    blob: Blob
    diff_id: str


def join(parts: Sequence[LayerPart], stream: BinaryIO, left_out: Sequence[frozenset[str]] = ()) -> JoinedLayer:
    """Writes one layer of several to `stream`; where directories differ, the last part's wins.

    Args:
        parts: the layers.
        stream: where the layer goes.
        left_out: for each part, the paths that are not to be written: no layer may name a path twice. A part without
            such paths is copied byte by byte, any other is compressed again.

    Raises:
        ToolError: a layer file is not the one that its facts describe.
    """
    directories: dict[str, bytes] = {}
    for part in parts:
        directories.update(_directories(part))
    blob_hash, diff_hash = hashlib.sha256(), hashlib.sha256()
    size = 0

    def emit(packed: bytes) -> None:
        nonlocal size
        size += len(packed)
        blob_hash.update(packed)
        stream.write(packed)

    if directories:
        head = b"".join(directories[path] for path in sorted(directories))
        diff_hash.update(head)
        emit(gzip_member.compress(head))
    for part, paths in zip(parts, left_out or [frozenset[str]()] * len(parts)):
        if paths:
            kept = _without(part, paths)
            diff_hash.update(kept)
            emit(gzip_member.compress(kept))
            continue
        for packed, plain in _body(part):
            emit(packed)
            diff_hash.update(plain)
    diff_hash.update(tar.END)
    emit(TAIL)
    return JoinedLayer(Blob(f"sha256:{blob_hash.hexdigest()}", size), f"sha256:{diff_hash.hexdigest()}")


def _body(part: LayerPart) -> Iterator[tuple[bytes, bytes]]:
    """Pieces of a part's body, each with what it inflates to."""
    plain_size = 0
    inflate = _Inflate(part.path)
    for packed in _read(part.path, part.facts.body):
        for plain in inflate.feed(packed):
            plain_size += len(plain)
            yield packed, plain
            packed = b""
    if plain_size != part.facts.diff_body.size or not inflate.finished:
        raise _error(part.path, f"its body inflates to {plain_size} bytes, not {part.facts.diff_body.size}")


def _without(part: LayerPart, paths: frozenset[str]) -> bytes:
    """A part's body without some paths."""
    plain = b"".join(plain for _, plain in _body(part))
    with open_tar(io.BytesIO(plain + tar.END), "r:") as archive:
        members = archive.getmembers()
    ends = [*(member.offset for member in members[1:]), len(plain)]
    return b"".join(plain[m.offset : end] for m, end in zip(members, ends) if m.name not in paths)


class _Inflate:
    """Inflates gzip members that follow each other, in bounded pieces; zlib checks CRC-32 and sizes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream = zlib.decompressobj(31)
        self.finished = True

    def feed(self, packed: bytes) -> Iterator[bytes]:
        while True:
            try:
                plain = self._stream.decompress(packed, _READ)
            except zlib.error as error:
                raise _error(self._path, f"is not a gzip stream: {error}") from None
            yield plain
            self.finished = self._stream.eof
            if self._stream.eof:
                packed = self._stream.unused_data
                self._stream = zlib.decompressobj(31)
                if not packed:
                    return
            else:
                packed = self._stream.unconsumed_tail
                if not packed and len(plain) < _READ:
                    return


def _directories(part: LayerPart) -> dict[str, bytes]:
    """The head's tar entries, each with its headers' blocks, by path."""
    packed = b"".join(_read(part.path, Span(0, part.facts.body.offset)))
    head = b"".join(_Inflate(part.path).feed(packed)) if packed else b""
    found: dict[str, bytes] = {}
    start = at = 0
    paths = iter(part.facts.directories)
    while at < len(head):
        typeflag = head[at + 156 : at + 157]
        size = int(head[at + 124 : at + 135], 8)
        at += tar.BLOCK + size + len(tar.padding(size))
        if typeflag == tar.TYPEFLAGS[tar.DIRECTORY]:
            found[next(paths, "")] = head[start:at]
            start = at
    if len(found) != len(part.facts.directories) or start != len(head):
        raise _error(part.path, f"has other directories than its facts: {len(found)}")
    return found


def _read(path: Path, span: Span) -> Iterator[bytes]:
    left = span.size
    with open(path, "rb", buffering=0) as file:
        file.seek(span.offset)
        while left:
            data = file.read(min(left, _READ))
            if not data:
                raise _error(path, "is cut short")
            left -= len(data)
            yield data


def _error(path: Path, reason: str) -> ToolError:
    return ToolError(Problem(str(path), reason, _REMEDY))
