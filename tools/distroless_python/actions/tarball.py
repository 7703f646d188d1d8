"""`tarball`: an image becomes a tar file for `docker load`, `podman load` and whatever reads OCI archives."""

from __future__ import annotations

from distroless_python.actions import options
from distroless_python.files import atomic
from distroless_python.formats.reference import tagged
from distroless_python.image.docker_archive import Archive
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import TarballManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], TarballManifest)
    layout = StoredImage(manifest)
    image = layout.only_image(manifest.architecture)
    names = options.names(manifest.tags, manifest.tag_files, manifest.status_files, manifest.label)
    tags = tuple(dict.fromkeys(tagged(name, manifest.label) for name in names))
    with atomic(manifest.output) as stream:
        Archive(layout, image, tags).write(stream)
    return 0
