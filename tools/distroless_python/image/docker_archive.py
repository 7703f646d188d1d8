"""A tar file that is both a docker-archive and an OCI layout, so that every engine loads it.

Docker before 25 reads `manifest.json` only; Podman, Skopeo and containerd read either. Nothing is compressed or hashed
anew, and members and times depend on the image alone. There is no specification of docker-archive but the code:
https://github.com/moby/moby/blob/v20.10.24/image/tarexport/load.go
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from distroless_python.formats.oci import Descriptor, ImageStore, canonical
from distroless_python.formats.reference import repository


@dataclass(frozen=True)
class Archive:
    """An image as a tar file. `tags` are `name:tag`; the layers in `leave_out` (digests) are not put in."""

    layout: ImageStore
    image: Descriptor
    tags: tuple[str, ...]
    leave_out: Collection[str] = frozenset()

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that are in the archive: manifest, config, layers, each once."""
        children = self.layout.children(self.image)
        blobs = {blob.digest: blob for blob in (self.image, *children) if blob.digest not in self.leave_out}
        return tuple(blobs.values())

    def write(self, stream: BinaryIO) -> None:
        """Writes the tar file; `stream` need not seek.

        Raises:
            ToolError: a blob is missing.
        """
        config, *layers = self.layout.children(self.image)
        docker = [{"Config": _name(config), "RepoTags": list(self.tags), "Layers": [_name(layer) for layer in layers]}]
        index: dict[str, Any] = {"schemaVersion": 2, "manifests": [root.json() for root in self._roots()]}
        with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            _add(archive, "oci-layout", canonical({"imageLayoutVersion": "1.0.0"}))
            _add(archive, "index.json", canonical(index))
            _add(archive, "manifest.json", canonical(docker))
            for blob in self.blobs:
                member = tarfile.TarInfo(_name(blob))
                member.size = blob.size
                with open(self.layout.existing(blob), "rb") as source:
                    archive.addfile(member, source)

    def _roots(self) -> Iterator[Descriptor]:
        """The image under each of its names, as BuildKit and containerd write them."""
        for name in self.tags:
            path, _, tag = name.rpartition(":")
            full = f"{repository(path, self.layout.subject)}:{tag}"
            names = {"io.containerd.image.name": full, "org.opencontainers.image.ref.name": tag}
            yield replace(self.image, annotations={**self.image.annotations, **names})
        if not self.tags:
            yield self.image


def _name(blob: Descriptor) -> str:
    return f"blobs/sha256/{blob.hex}"


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
