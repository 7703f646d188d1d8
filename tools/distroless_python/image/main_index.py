"""`index`: images become an image index. Blobs are links; one that several images share is there once.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..common import manifest as manifests
from ..common.errors import Collector
from ..common.files import atomic, write_json
from ..common.oci import NAMELESS, OCI_INDEX, Descriptor, Layout, LayoutWriter
from .manifests import IndexManifest


def main(argv: list[str]) -> int:
    manifest = manifests.read(argv[0], IndexManifest)
    images = _images(manifest)
    writer = LayoutWriter(manifest.output)
    for layout, image in images:
        for blob in (image, *layout.children(image)):
            writer.link(blob, layout.existing(blob))
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [image.json() for _, image in images],
        **({"annotations": manifest.annotations} if manifest.annotations else {}),
    }
    descriptor = writer.write_json(index, OCI_INDEX)
    writer.finish([replace(descriptor, annotations=NAMELESS)])
    write_json(manifest.descriptor, descriptor.json())
    if manifest.digest_file:
        with atomic(manifest.digest_file) as stream:
            stream.write(descriptor.digest.encode())
    return 0


def _images(manifest: IndexManifest) -> list[tuple[Layout, Descriptor]]:
    """The images of all layouts with their platforms.

    Raises:
        ToolError: there is none, a blob is missing, or two are for one platform.
    """
    problems = Collector()
    found: list[tuple[Layout, Descriptor]] = []
    platforms: dict[str, str] = {}
    for path in manifest.images:
        layout = Layout(Path(path))
        with problems.catching():
            for image in layout.images():
                platform = layout.platform(image)
                name = "/".join(platform[key] for key in ("os", "architecture", "variant") if key in platform)
                if platforms.setdefault(name, path) != path:
                    reason = f"both {platforms[name]} and {path} are for {name}"
                    problems.add(manifest.label, reason, "name each platform once", "images")
                found.append((layout, replace(image, platform=platform, annotations={})))
    if not found:
        problems.add(manifest.label, "an index of no images", "name at least one image", "images")
    problems.raise_if_any()
    return found
