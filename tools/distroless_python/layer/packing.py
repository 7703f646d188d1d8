"""Cuts a tar stream into jobs for threads: verbatim copies, and parts of gzip members that are compressed.

Files to be compressed make one gzip member, cut into parts. Each part is compressed by itself, but with the 32 KiB
before it as its dictionary, and ends on a whole byte (Z_SYNC_FLUSH), so that the parts joined are one deflate stream,
as small as if one thread had written it.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Callable, NamedTuple

from distroless_python.documents.layer_contents import FileFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats import gzip_member, tar
from distroless_python.formats.source import DeflatedSource
from distroless_python.formats.tar import TarHeader
from distroless_python.layer.file import LayerFile
from distroless_python.layer.scan import Scanner, Watch

VERBATIM, VERBATIM_SOURCE = 16 << 10, 32 << 10
"""Deflate streams of so many bytes are copied; below, compressing with others makes them smaller. Python sources have
the most in common with each other: 600 bytes are lost by copying one, and 100 with other files of that size."""

PART = 512 << 10
"""Bytes of tar stream that a thread compresses at a time."""

_WINDOW = 32 << 10
_LOADING = threading.Lock()
"""Held while small files are read: that is work for the interpreter, where two threads only get in each other's way."""

MIDDLE, LAST = "middle", "last"


class Output(NamedTuple):
    """A piece of the tar stream and the same piece compressed.

    Attributes:
        files: those whose content ends in it.
        part: `middle` or `last` for a part of a member whose trailer is still to be computed; empty for any other.
    """

    plain: bytes
    packed: bytes
    files: tuple[FileFacts, ...] = ()
    part: str = ""

    def weight(self) -> int:
        """Its bytes in memory."""
        return len(self.plain) + len(self.packed)


Job = Callable[[], Iterable[Output]]


def is_verbatim(file: LayerFile) -> bool:
    """Whether a file's deflate stream is copied."""
    limit = VERBATIM_SOURCE if file.path.endswith(".py") else VERBATIM
    return isinstance(file.source, DeflatedSource) and file.source.packed_size >= limit


def jobs(entries: Iterable[TarHeader | LayerFile], scanner: Scanner) -> Iterator[Job]:
    """The jobs whose outputs, in order, are the entries' part of a layer; for any thread, started in their order.

    All files are shown to `scanner`.
    """
    parts = _Parts(scanner)
    for entry in entries:
        if isinstance(entry, TarHeader):
            parts.add(entry.encode())
            parts.files.append(FileFacts(entry.path, entry.type, entry.mode, target=entry.target))
        elif is_verbatim(entry):
            parts.add(_header(entry))
            yield parts.cut(LAST)
            yield partial(_copy, entry, scanner.watch(entry.path, entry.source.size))
            parts.add(tar.padding(entry.source.size))
        elif entry.source.size < PART:
            parts.add(entry)
        else:
            parts.add(_header(entry))
            digest, size, watch = hashlib.sha256(), 0, scanner.watch(entry.path, entry.source.size)
            for piece in entry.source.pieces():
                digest.update(piece)
                watch.feed(piece)
                size += len(piece)
                parts.add(piece)
                if parts.size >= PART:
                    yield parts.cut(MIDDLE)
            watch.close()
            parts.add(tar.padding(entry.source.size))
            parts.files.append(_facts(entry, size, digest.hexdigest()))
        if parts.size >= PART:
            yield parts.cut(MIDDLE)
    if parts.size or parts.previous:
        yield parts.cut(LAST)


class _Parts:
    """What the next part is made of: bytes, and files that are read when it is compressed."""

    def __init__(self, scanner: Scanner) -> None:
        self.previous: _Part | None = None
        self._scanner = scanner
        self._clear()

    def _clear(self) -> None:
        self.contents: list[bytes | LayerFile] = []
        self.files: list[FileFacts] = []
        self.size = 0

    def add(self, content: bytes | LayerFile) -> None:
        self.contents.append(content)
        self.size += len(content) if isinstance(content, bytes) else content.source.size + 2 * tar.BLOCK

    def cut(self, position: str) -> Job:
        """The job that compresses what was added; `position` is `middle` or `last`."""
        part = _Part(self.contents, self.files, self._scanner, position, self.previous)
        self.previous = part if position == MIDDLE else None
        self._clear()
        return part.outputs


class _Part:
    """A part of a gzip member. The part after it takes the end of its content for its dictionary."""

    def __init__(
        self,
        contents: list[bytes | LayerFile],
        files: list[FileFacts],
        scanner: Scanner,
        position: str,
        previous: _Part | None,
    ) -> None:
        self._contents = contents
        self._files = files
        self._scanner = scanner
        self._position = position
        self._previous = previous
        self._loaded = threading.Event()
        self._end = b""

    def outputs(self) -> Iterator[Output]:
        """Reads and compresses the part."""
        try:
            with _LOADING:
                plain = self._load()
            self._end = plain[-_WINDOW:]
        finally:
            self._loaded.set()
        if self._previous is None:
            start, packer = gzip_member.HEADER, gzip_member.packer(len(plain))
        else:
            start, packer = b"", gzip_member.packer(len(plain), self._previous.end())
            self._previous = None
        packed = packer.compress(plain)
        rest = packer.flush(zlib.Z_FINISH if self._position == LAST else zlib.Z_SYNC_FLUSH)
        yield Output(plain, b"".join((start, packed, rest)), tuple(self._files), self._position)

    def end(self) -> bytes:
        """The last bytes of the content, as soon as there are any: a part that was started before is not far."""
        self._loaded.wait()
        return self._end

    def _load(self) -> bytes:
        plain: list[bytes] = []
        for content in self._contents:
            if isinstance(content, bytes):
                plain.append(content)
            else:
                data = content.source.read()
                self._scanner.whole(content.path, data)
                self._files.append(_facts(content, len(data), hashlib.sha256(data).hexdigest()))
                plain += (_header(content), data, tar.padding(len(data)))
        self._contents.clear()
        return b"".join(plain)


def _copy(file: LayerFile, watch: Watch) -> Iterator[Output]:
    """Copies a file's deflate stream as one gzip member."""
    source = file.source
    assert isinstance(source, DeflatedSource)
    digest, size = hashlib.sha256(), 0
    yield Output(b"", gzip_member.HEADER)
    for packed, plain in source.pairs():
        digest.update(plain)
        watch.feed(plain)
        size += len(plain)
        yield Output(plain, packed)
    watch.close()
    facts = _facts(file, size, digest.hexdigest())
    yield Output(b"", gzip_member.trailer(source.crc, size), (facts,))


def _header(file: LayerFile) -> bytes:
    return TarHeader(file.path, tar.FILE, file.mode, file.source.size, uid=file.uid, gid=file.gid).encode()


def _facts(file: LayerFile, size: int, sha256: str) -> FileFacts:
    if size != file.source.size:
        reason = f"has {size} bytes where {file.source.size} were declared"
        raise ToolError(Problem(file.path, reason, "build again: the file was changed while it was read"))
    return FileFacts(file.path, tar.FILE, file.mode, size, sha256)
