"""`ld-cache`: a layer with the loader's cache alone, right for a base with packages added to it."""

from __future__ import annotations

import json
from pathlib import Path

from ..common import manifest
from ..common.files import atomic
from ..common.oci import Layout
from ..layer import facts
from ..layer.writer import LayerWriter
from . import ldcache
from .content import look
from .layers import lay_all, read_image
from .libraries import libraries
from .manifests import LdCacheManifest
from .packages import lay_packages
from .rootfs import LD_SO_CACHE


def main(argv: list[str]) -> int:
    request = manifest.read(argv[0], LdCacheManifest)
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
