"""`index`: images become an image index. One blob that several images share is there once.

Layers are links to what the images' layouts link to, and what is in these layouts alone is copied: in runfiles, the
layouts of one target for several platforms would have one name.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector
from distroless_python.files import atomic, write_json
from distroless_python.formats.oci import NAMELESS, OCI_INDEX, Descriptor, Layout, LayoutWriter
from distroless_python.manifests.image import IndexManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], IndexManifest)
    images = _images(manifest)
    writer = LayoutWriter(manifest.output)
    found = _layers(manifest)
    for layout, image in images:
        for blob in (image, *layout.children(image)):
            source = layout.existing(blob)
            if blob.digest in found:
                writer.link(blob, found[blob.digest])
            else:
                writer.copy(blob, source)
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


def _layers(manifest: IndexManifest) -> dict[str, Path]:
    """The files that hold the layers, by digest."""
    found: dict[str, Path] = {}
    for path in manifest.bases:
        base = Layout(Path(path))
        for image in base.images():
            found.update({blob.digest: base.blob(blob.digest) for blob in base.children(image)})
    found.update({LayerFacts.read(layer.facts).blob.digest: Path(layer.layer) for layer in manifest.layers})
    return found


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
