"""Writes a layer file: head, body and tail of gzip members, digests computed on the way.

The format is described in docs/explanation/architecture.md. A file that is there as a deflate stream of some size is
copied verbatim as one gzip member; everything else is compressed together, sorted by file name extension. The layer's
bytes depend on its entries only.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.documents.layer_facts import Blob, Span, Written
from distroless_python.formats import gzip_member, tar
from distroless_python.formats.source import BytesSource, Source
from distroless_python.formats.tar import TarHeader
from distroless_python.layer.file import LayerFile
from distroless_python.layer.module_facts import ModuleReader
from distroless_python.layer.ordered import Ordered
from distroless_python.layer.packing import LAST, Job, Output, is_verbatim, jobs
from distroless_python.layer.scan import Scanner

TAIL = gzip_member.compress(tar.END)

_AHEAD = 32
_ROOM = 16 << 20
_THREADS = 4


class LayerWriter:
    """Collects entries, then writes them as one layer.

    Directories above an entry are added by themselves (0755, root) unless they were added before. Paths are written
    as they come: readers of hostile input check them before.
    """

    def __init__(self) -> None:
        self._scanner = Scanner()
        self._written: tuple[FileFacts, ...] = ()
        self._directories: dict[str, TarHeader] = {}
        self._links: list[TarHeader] = []
        self._hardlinks: list[TarHeader] = []
        self._files: list[LayerFile] = []

    def add_directory(self, path: str, mode: int = 0o755, uid: int = 0, gid: int = 0, *, alone: bool = False) -> None:
        """Adds a directory, with or without a slash at its end; `alone`: those above it stay as the base has them."""
        path = path.rstrip("/")
        self._directories[path + "/"] = TarHeader(path + "/", tar.DIRECTORY, mode, uid=uid, gid=gid)
        if not alone:
            self._add_parents(path)

    def add_file(self, path: str, mode: int, source: Source | bytes, uid: int = 0, gid: int = 0) -> None:
        """Adds a regular file."""
        content = BytesSource(source) if isinstance(source, bytes) else source
        self.add(LayerFile(path, mode, content, uid=uid, gid=gid))

    def add(self, file: LayerFile) -> None:
        """Adds a regular file that is placed."""
        self._files.append(file)
        self._add_parents(file.path)

    def add_link(self, path: str, target: str, uid: int = 0, gid: int = 0) -> None:
        """Adds a symbolic link."""
        self._links.append(TarHeader(path, tar.LINK, 0o777, 0, target, uid, gid))
        self._add_parents(path)

    def add_hardlink(self, path: str, target: str, mode: int, uid: int = 0, gid: int = 0) -> None:
        """Adds another name for the file `target` of this layer."""
        self._hardlinks.append(TarHeader(path, tar.HARDLINK, mode, 0, target, uid, gid))
        self._add_parents(path)

    def finish(self, stream: BinaryIO, late: Iterable[LayerFile] = (), late_parents: Iterable[str] = ()) -> Written:
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
        written, files = _write(stream, self._directories.values(), jobs(self._entries(late), self._scanner))
        self._written = files
        return written

    def read_modules(self, reader: ModuleReader) -> None:
        """Has the Python modules among the files read, too; to be called before they are written."""
        self._scanner.modules = reader

    def contents(self) -> LayerContents:
        """What is in the files of the layer that was written."""
        return self._scanner.contents(self._written)

    def _add_parents(self, path: str) -> None:
        while (path := path[: path.rfind("/") + 1]) and path not in self._directories:
            self._directories[path] = TarHeader(path, tar.DIRECTORY, 0o755)
            path = path[:-1]

    def _entries(self, late: Iterable[LayerFile]) -> Iterator[TarHeader | LayerFile]:
        """Everything but directories, in the order of the layer: what compresses well together stands together."""
        verbatim = sorted((file for file in self._files if is_verbatim(file)), key=lambda file: file.path)
        other = sorted((file for file in self._files if not is_verbatim(file)), key=_by_extension)
        yield from sorted(self._links, key=lambda link: link.path)
        yield from verbatim
        yield from other
        yield from late
        yield from sorted(self._hardlinks, key=lambda link: link.path)


def _by_extension(file: LayerFile) -> tuple[str, str]:
    extension = os.path.splitext(file.path)[1]
    return ".po" if extension == ".mo" else extension, file.path  # a .mo repeats the .po beside it


def _write(
    stream: BinaryIO, directories: Iterable[TarHeader], work: Iterable[Job]
) -> tuple[Written, tuple[FileFacts, ...]]:
    sorted_directories = sorted(directories, key=lambda header: header.path)
    layer = _Layer(stream)
    head = b"".join(header.encode() for header in sorted_directories)
    if head:
        layer.emit(Output(head, gzip_member.compress(head)))
    start, diff_start = layer.size, layer.diff_size
    threads: Ordered[Output] = Ordered(min(os.cpu_count() or 2, _THREADS), _AHEAD, _ROOM, Output.weight)
    for output in threads.run(work):
        layer.emit(output)
    body, diff_body = Span(start, layer.size - start), Span(diff_start, layer.diff_size - diff_start)
    layer.emit(Output(tar.END, TAIL))
    files = tuple(sorted(layer.files, key=lambda file: file.path))
    written = Written(
        blob=Blob(f"sha256:{layer.blob_hash.hexdigest()}", layer.size),
        diff_id=f"sha256:{layer.diff_hash.hexdigest()}",
        body=body,
        diff_body=diff_body,
        directories=tuple(header.path for header in sorted_directories),
        files=len(files),
        unpacked=sum(file.size for file in files),
    )
    return written, files


class _Layer:
    """A layer file being written, and what is known of it so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._crc = self._member_size = 0
        self.blob_hash, self.diff_hash = hashlib.sha256(), hashlib.sha256()
        self.size = self.diff_size = 0
        self.files: list[FileFacts] = []

    def emit(self, output: Output) -> None:
        """Writes a piece; a member that was compressed in parts gets its trailer behind the last."""
        plain, packed = output.plain, output.packed
        if output.part:
            self._crc = zlib.crc32(plain, self._crc)
            self._member_size += len(plain)
            if output.part == LAST:
                packed += gzip_member.trailer(self._crc, self._member_size)
                self._crc = self._member_size = 0
        self.diff_hash.update(plain)
        self.blob_hash.update(packed)
        self._stream.write(packed)
        self.size += len(packed)
        self.diff_size += len(plain)
        self.files.extend(output.files)
