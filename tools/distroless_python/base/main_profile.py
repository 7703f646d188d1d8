"""`profile`: reads a base once, for every image on it."""

from __future__ import annotations

from pathlib import Path

from ..common import manifest
from ..common.files import write_json
from ..common.oci import Layout
from .content import look
from .layers import lay_all, read_image
from .manifests import ProfileManifest
from .profile import describe


def main(argv: list[str]) -> int:
    request = manifest.read(argv[0], ProfileManifest)
    layout = Layout(Path(request.layout), request.label)
    image = read_image(layout, request.architecture)
    tree = lay_all(layout, image, look)
    write_json(request.output, describe(tree, image, request.label, needs_python=request.needs_python))
    return 0
