"""Writes a layer file: head, body and tail of gzip members, digests computed on the way.

The format is described in docs/architecture.md. A file that is there as a deflate stream of some size is copied
verbatim as one gzip member; everything else is compressed together in chunks, sorted by file name extension, each
chunk a gzip member of its own, on all cores. What the layer's bytes are depends on its entries only.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Callable, NamedTuple, Union

from distroless_python.common.errors import Problem, ToolError

from . import gzip_member, tar
from .facts import Blob, FileFacts, Span, Written
from .ordered import ordered
from .source import BytesSource, DeflatedSource, Source

VERBATIM = 16 << 10
"""Deflate streams of so many bytes are copied; below, compressing with others makes them smaller."""

CHUNK = 1 << 20
"""Bytes of tar stream that are compressed as one gzip member."""

TAIL = gzip_member.compress(tar.END)

_AHEAD = 8


@dataclass(frozen=True)
class File:
    """A file to be written: its path has no leading slash, `mode` is the permission bits."""

    path: str
    mode: int
    source: Source
    uid: int = 0
    gid: int = 0


class _Output(NamedTuple):
    """A piece of the tar stream, the same piece compressed, and the files whose content ends in it."""

    plain: bytes
    packed: bytes
    files: tuple[FileFacts, ...] = ()


_Job = Callable[[], Iterable[_Output]]
_Part = Union[bytes, File]


class LayerWriter:
    """Collects entries, then writes them as one layer.

    Directories above an entry are added by themselves (0755, root) unless they were added before. Paths are written
    as they come: whoever reads hostile input checks them before.
    """

    def __init__(self) -> None:
        self._directories: dict[str, tar.Header] = {}
        self._links: list[tar.Header] = []
        self._hardlinks: list[tar.Header] = []
        self._files: list[File] = []

    def add_directory(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0) -> None:
        """Adds a directory, with or without a slash at its end."""
        path = path.rstrip("/")
        self._directories[path + "/"] = tar.Header(path + "/", tar.DIRECTORY, mode, uid=uid, gid=gid)
        self._add_parents(path)

    def add_file(self, path: str, mode: int, source: Source | bytes, uid: int = 0, gid: int = 0) -> None:
        """Adds a regular file."""
        self._files.append(File(path, mode, BytesSource(source) if isinstance(source, bytes) else source, uid, gid))
        self._add_parents(path)

    def add_link(self, path: str, target: str, uid: int = 0, gid: int = 0) -> None:
        """Adds a symbolic link."""
        self._links.append(tar.Header(path, tar.LINK, 0o777, 0, target, uid, gid))
        self._add_parents(path)

    def add_hardlink(self, path: str, target: str, mode: int, uid: int = 0, gid: int = 0) -> None:
        """Adds another name for the file `target` of this layer."""
        self._hardlinks.append(tar.Header(path, tar.HARDLINK, mode, 0, target, uid, gid))
        self._add_parents(path)

    def finish(self, stream: BinaryIO, late: Iterable[File] = (), late_parents: Iterable[str] = ()) -> Written:
        """Writes the layer to `stream`, which is empty.

        Args:
            stream: where the layer goes.
            late: files that only become known while the layer is written; they keep their order.
            late_parents: paths of the files that may be late, for the directories above them.

        Raises:
            ToolError: a source is not what it was declared to be; `stream` then holds half a layer.
        """
        for path in late_parents:
            self._add_parents(path)
        return _write(stream, self._directories.values(), self._segments(late))

    def _add_parents(self, path: str) -> None:
        while (cut := path.rfind("/")) > 0:
            path = path[:cut]
            if path + "/" in self._directories:
                return
            self._directories[path + "/"] = tar.Header(path + "/", tar.DIRECTORY, 0o755)

    def _segments(self, late: Iterable[File]) -> Iterator[tar.Header | File]:
        """Everything but directories, in the order of the layer: what compresses well together stands together."""
        verbatim = sorted((file for file in self._files if _is_verbatim(file.source)), key=lambda file: file.path)
        other = sorted((file for file in self._files if not _is_verbatim(file.source)), key=_by_extension)
        yield from sorted(self._links, key=lambda link: link.path)
        yield from other
        yield from late
        yield from verbatim
        yield from sorted(self._hardlinks, key=lambda link: link.path)


def _is_verbatim(source: Source) -> bool:
    return isinstance(source, DeflatedSource) and source.packed_size >= VERBATIM


def _by_extension(file: File) -> tuple[str, str]:
    return os.path.splitext(file.path)[1], file.path


def _write(stream: BinaryIO, directories: Iterable[tar.Header], entries: Iterable[tar.Header | File]) -> Written:
    sorted_directories = sorted(directories, key=lambda header: header.path)
    blob_hash, diff_hash = hashlib.sha256(), hashlib.sha256()
    files: list[FileFacts] = []
    sizes = [0, 0]

    def emit(output: _Output) -> None:
        diff_hash.update(output.plain)
        blob_hash.update(output.packed)
        stream.write(output.packed)
        sizes[0] += len(output.packed)
        sizes[1] += len(output.plain)
        files.extend(output.files)

    head = b"".join(header.encode() for header in sorted_directories)
    if head:
        emit(_Output(head, gzip_member.compress(head)))
    start, diff_start = sizes
    for output in ordered(_jobs(entries), os.cpu_count() or 2, _AHEAD):
        emit(output)
    body, diff_body = Span(start, sizes[0] - start), Span(diff_start, sizes[1] - diff_start)
    emit(_Output(tar.END, TAIL))
    return Written(
        blob=Blob(f"sha256:{blob_hash.hexdigest()}", sizes[0]),
        diff_id=f"sha256:{diff_hash.hexdigest()}",
        body=body,
        diff_body=diff_body,
        directories=tuple(header.path for header in sorted_directories),
        files=tuple(sorted(files, key=lambda file: file.path)),
    )


@dataclass
class _Chunk:
    """Parts of the tar stream that will be one gzip member."""

    parts: list[_Part] = field(default_factory=list)
    size: int = 0
    files: list[FileFacts] = field(default_factory=list)

    def add(self, data: bytes) -> None:
        self.parts.append(data)
        self.size += len(data)

    def add_file(self, file: File) -> None:
        """Adds a whole file, to be read when the chunk is compressed."""
        self.parts.append(file)
        self.size += tar.BLOCK + file.source.size + tar.BLOCK


def _jobs(entries: Iterable[tar.Header | File]) -> Iterator[_Job]:
    chunk = _Chunk()
    for entry in entries:
        if isinstance(entry, tar.Header):
            chunk.add(entry.encode())
            chunk.files.append(FileFacts(entry.path, entry.type, entry.mode, target=entry.target))
        elif _is_verbatim(entry.source):
            chunk.add(_header(entry))
            yield partial(_pack, chunk)
            yield partial(_copy, entry)
            chunk = _Chunk()
            chunk.add(tar.padding(entry.source.size))
        elif entry.source.size < CHUNK:
            chunk.add_file(entry)
        else:
            chunk.add(_header(entry))
            digest, size = hashlib.sha256(), 0
            for piece in entry.source.pieces():
                digest.update(piece)
                size += len(piece)
                chunk.add(piece)
                if chunk.size >= CHUNK:
                    yield partial(_pack, chunk)
                    chunk = _Chunk()
            chunk.add(tar.padding(entry.source.size))
            chunk.files.append(_facts(entry, size, digest.hexdigest()))
        if chunk.size >= CHUNK:
            yield partial(_pack, chunk)
            chunk = _Chunk()
    if chunk.size:
        yield partial(_pack, chunk)


def _pack(chunk: _Chunk) -> Iterator[_Output]:
    """Reads and compresses a chunk."""
    parts: list[bytes] = []
    for part in chunk.parts:
        if isinstance(part, bytes):
            parts.append(part)
        else:
            data = part.source.read()
            chunk.files.append(_facts(part, len(data), hashlib.sha256(data).hexdigest()))
            parts += (_header(part), data, tar.padding(len(data)))
    plain = b"".join(parts)
    yield _Output(plain, gzip_member.compress(plain), tuple(chunk.files))


def _copy(file: File) -> Iterator[_Output]:
    """Copies a file's deflate stream as one gzip member."""
    source = file.source
    assert isinstance(source, DeflatedSource)
    digest, size = hashlib.sha256(), 0
    yield _Output(b"", gzip_member.HEADER)
    for packed, plain in source.pairs():
        digest.update(plain)
        size += len(plain)
        yield _Output(plain, packed)
    facts = _facts(file, size, digest.hexdigest())
    yield _Output(b"", gzip_member.trailer(source.crc, size), (facts,))


def _header(file: File) -> bytes:
    return tar.Header(file.path, tar.FILE, file.mode, file.source.size, "", file.uid, file.gid).encode()


def _facts(file: File, size: int, sha256: str) -> FileFacts:
    if size != file.source.size:
        reason = f"has {size} bytes where {file.source.size} were declared"
        raise ToolError(Problem(file.path, reason, "build again: the file was changed while it was read"))
    return FileFacts(file.path, tar.FILE, file.mode, size, sha256)
