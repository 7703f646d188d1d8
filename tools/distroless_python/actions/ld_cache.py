"""`ld-cache`: a layer with the loader's cache alone, right for a base with packages added to it."""

from __future__ import annotations

import json
from pathlib import Path

from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.inspect import look
from distroless_python.base.ldconfig import libraries
from distroless_python.base.packages import lay_packages
from distroless_python.base.rootfs import LD_SO_CACHE
from distroless_python.documents import layer_facts as facts
from distroless_python.files import atomic
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.oci import Layout
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import LdCacheManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], LdCacheManifest)
    with open(request.profile, "rb") as profile:
        architecture = str(json.load(profile)["architecture"])
    layout = Layout(Path(request.layout), request.label)
    tree = lay_all(layout, read_image(layout, architecture), look)
    lay_packages(tree, request.layers)
    writer = LayerWriter()
    writer.add_file(LD_SO_CACHE, 0o644, ldcache.write(libraries(tree, architecture)))
    with atomic(request.output) as stream:
        written = writer.finish(stream)
    name = request.label.rpartition(":")[2]
    facts.write(request.facts, facts.LayerFacts.of(written, kind="files", name=name, version="", label=request.label))
    return 0
