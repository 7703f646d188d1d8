"""`profile`: reads a base once, for every image on it."""

from __future__ import annotations

from pathlib import Path

from distroless_python.base.describe import describe
from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.inspect import look
from distroless_python.files import write_json
from distroless_python.formats.oci import Layout
from distroless_python.manifests.base import ProfileManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], ProfileManifest)
    layout = Layout(Path(request.layout), request.label)
    image = read_image(layout, request.architecture)
    tree = lay_all(layout, image, look)
    write_json(request.output, describe(tree, image, request.label, needs_python=request.needs_python))
    return 0
