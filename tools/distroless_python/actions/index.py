"""`index`: images become an image index. It is JSON: no layer is read.

https://github.com/opencontainers/image-spec/blob/v1.1.0/image-index.md
"""

from __future__ import annotations

import json
from pathlib import Path

from distroless_python.errors import Collector
from distroless_python.files import atomic, write_json
from distroless_python.formats.oci import OCI_INDEX, Descriptor, canonical, describe
from distroless_python.manifests.image import IndexManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], IndexManifest)
    index = canonical(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [image.json() for image in _images(manifest)],
            **({"annotations": manifest.annotations} if manifest.annotations else {}),
        }
    )
    descriptor = describe(index, OCI_INDEX)
    for path, content in ((manifest.index, index), (manifest.digest_file, descriptor.digest.encode())):
        with atomic(path) as stream:
            stream.write(content)
    write_json(manifest.descriptor, descriptor.json())
    return 0


def _images(manifest: IndexManifest) -> list[Descriptor]:
    """The images with their platforms.

    Raises:
        ToolError: there is none, or two are for one platform.
    """
    problems = Collector()
    found: dict[str, Descriptor] = {}
    for path in manifest.images:
        image = Descriptor.from_json(json.loads(Path(path).read_bytes()), path)
        name = "/".join(image.platform[key] for key in ("os", "architecture", "variant") if key in image.platform)
        if name in found:
            problems.add(manifest.label, f"two images are for {name}", "name each platform once", "platforms")
        found[name] = image
    if not found:
        problems.add(manifest.label, "is an index of no images", "name at least one platform", "platforms")
    problems.raise_if_any()
    return list(found.values())
