"""`tarball`: an image becomes a tar file for `docker load`, `podman load` and whatever reads OCI archives."""

from __future__ import annotations

from pathlib import Path

from ..common import manifest as manifests
from ..common.files import atomic
from ..common.oci import Layout
from ..common.reference import tagged
from ..deliver import options
from .manifests import TarballManifest
from .tarball import Archive


def main(argv: list[str]) -> int:
    manifest = manifests.read(argv[0], TarballManifest)
    layout = Layout(Path(manifest.image), manifest.label)
    image = layout.image(manifest.architecture or None)
    names = options.names(manifest.tags, manifest.tag_files, manifest.status_files, manifest.label)
    tags = tuple(dict.fromkeys(tagged(name, manifest.label) for name in names))
    with atomic(manifest.output) as stream:
        Archive(layout, image, tags).write(stream)
    return 0
