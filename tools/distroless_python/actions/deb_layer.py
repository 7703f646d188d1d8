"""`deb-layer`: writes the layer of one Debian package, and what is known of it beside it."""

from __future__ import annotations

import os

from distroless_python.base.deb_layer import Expected, Wanted, check, check_digest, fill
from distroless_python.debian.package import open_deb
from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector
from distroless_python.files import atomic
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import DebLayerManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], DebLayerManifest)
    check_digest(request.deb, request.sha256)
    problems = Collector()
    with open_deb(request.deb, os.path.dirname(request.output.layer) or ".") as deb:
        writer = LayerWriter()
        check(request.deb, deb, Expected(request.name, request.version), problems)
        fill(writer, request.deb, deb, Wanted(request.name, request.exclude), problems)
        problems.raise_if_any()
        architecture = deb.fields.get("Architecture", "")
        with atomic(request.output.layer) as stream:
            written = writer.finish(stream)
    about = {"name": request.name, "version": request.version, "label": request.label, "architecture": architecture}
    write_known(LayerFacts.of(written, layer="deb", **about), writer.contents(), request.output)
    return 0
