"""`oci-parts`: what rules_oci's `oci_image` takes as files, read off a finished image's config: one value a line."""

from __future__ import annotations

from distroless_python.files import atomic
from distroless_python.image.stored_image import StoredImage
from distroless_python.manifests.image import OciPartsManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], OciPartsManifest)
    image = StoredImage(manifest)
    config = image.read_json(image.children(image.image())[0]).get("config") or {}
    for path, key in ((manifest.cmd, "Cmd"), (manifest.entrypoint, "Entrypoint"), (manifest.env, "Env")):
        with atomic(path) as stream:
            stream.write("".join(f"{line}\n" for line in config.get(key) or []).encode())
    return 0
