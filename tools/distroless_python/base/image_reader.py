"""Reading the layers of any OCI layout, each checked against its digests."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from distroless_python.base.file_tree import FileTree, Visit
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import Descriptor, ImageStore
from distroless_python.formats.tarfiles import UNREADABLE

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_REMEDY = "the layout is damaged: make or pull it again"
_PIECE = 1 << 16


@dataclass(frozen=True)
class LayoutImage:
    """An image of a layout: its manifest, config and layers with their diff_ids, lowest first."""

    manifest: Descriptor
    config: dict[str, object]
    layers: tuple[tuple[Descriptor, str], ...]


def read_image(layout: ImageStore, architecture: str) -> LayoutImage:
    """Finds the image for linux and `architecture`.

    Raises:
        ToolError: there is none, or a blob of it is missing or damaged.
    """
    manifest = layout.image(architecture)
    children = layout.children(manifest)
    config = layout.read_config(manifest)
    diff_ids = (config.get("rootfs") or {}).get("diff_ids") or []
    if len(diff_ids) != len(children) - 1:
        reason = f"{len(children) - 1} layers, but {len(diff_ids)} diff_ids in the config"
        raise ToolError(Problem(layout.subject, reason, _REMEDY))
    return LayoutImage(manifest, config, tuple(zip(children[1:], diff_ids)))


def lay_all(layout: ImageStore, image: LayoutImage, visit: Visit) -> FileTree:
    """The file system of an image.

    Raises:
        ToolError: a layer is missing, damaged, or compressed with zstd.
    """
    tree = FileTree()
    for descriptor, diff_id in image.layers:
        with open_layer(layout, descriptor, diff_id) as stream:
            tree.lay(stream, visit)
    return tree


@contextmanager
def open_layer(layout: ImageStore, descriptor: Descriptor, diff_id: str) -> Iterator[IO[bytes]]:
    """A layer's tar stream; the digests are checked when the block ends.

    Raises:
        ToolError: the blob is missing or damaged, compressed with zstd, or not what its digests say.
    """
    subject = f"{layout.subject}: layer {descriptor.digest}"
    with open(layout.existing(descriptor), "rb") as file:
        packed = _Hashing(file)
        magic = file.read(4)
        file.seek(0)
        if magic == _ZSTD:
            remedy = "convert it, for example with `skopeo copy --dest-compress-format=gzip`"
            reason = "compressed with zstd, which Python's standard library cannot read before 3.14"
            raise ToolError(Problem(subject, reason, remedy))
        try:
            plain = (
                _Hashing(cast("IO[bytes]", gzip.GzipFile(fileobj=packed, mode="rb"))) if magic[:2] == _GZIP else packed
            )
            yield plain
            for stream in (plain, packed):  # tar may end before the stream does
                while stream.read(_PIECE):
                    pass
        except UNREADABLE as error:
            raise ToolError(Problem(subject, f"damaged: {error}", _REMEDY)) from None
        for found, wanted in ((packed.digest, descriptor.digest), (plain.digest, diff_id)):
            if found != wanted:
                raise ToolError(Problem(subject, f"its bytes have the digest {found}, not {wanted}", _REMEDY))


class _Hashing(io.RawIOBase, BinaryIO):
    """A reader that hashes what it hands out."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()

    @property
    def digest(self) -> str:
        return f"sha256:{self._sha256.hexdigest()}"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._sha256.update(data)
        return data


def gunzip(path: str) -> IO[bytes]:
    """The tar stream of a layer file that an action of ours wrote."""
    return cast("IO[bytes]", gzip.open(path))
