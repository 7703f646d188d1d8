"""`profile`: reads a base that others made once, for every image on it."""

from __future__ import annotations

from pathlib import Path

from distroless_python.base.describe import describe, write
from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.inspect import look
from distroless_python.documents.base_profile import BaseLayer
from distroless_python.formats.oci import Layout
from distroless_python.manifests.base import ProfileManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], ProfileManifest)
    layout = Layout(Path(request.layout), request.label)
    image = read_image(layout, request.architecture)
    tree = lay_all(layout, image, look)
    layers = tuple(BaseLayer(blob.digest, blob.size, blob.media_type, diff_id) for blob, diff_id in image.layers)
    write(request.described, describe(tree, image.config, image.manifest.digest, layers, request.label), tree)
    return 0
