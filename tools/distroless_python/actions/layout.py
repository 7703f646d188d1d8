"""`layout`: an image becomes an OCI layout of regular files, for whatever reads layouts.

Nothing of ours reads it: it is made on request. Its blobs are copies, in the kernel and, where the file
system has it, by reflink; why not links, docs/explanation/decisions.md says.
"""

from __future__ import annotations

from dataclasses import replace

from distroless_python.formats.oci import INDEXES, NAMELESS, Descriptor, LayoutWriter
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import LayoutManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], LayoutManifest)
    image = StoredImage(manifest)
    writer = LayoutWriter(manifest.output)
    (root,) = image.roots()
    _copy(image, root, writer)
    writer.finish([replace(root, annotations=NAMELESS)])
    return 0


def _copy(image: StoredImage, blob: Descriptor, writer: LayoutWriter) -> None:
    """Copies a manifest or an index, and all that it refers to."""
    writer.copy(blob, image.existing(blob))
    for child in image.children(blob):
        if blob.media_type in INDEXES:
            _copy(image, child, writer)
        else:
            writer.copy(child, image.existing(child))
