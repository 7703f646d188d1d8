"""`deb-layer`: writes the layer of one Debian package, and the facts beside it."""

from __future__ import annotations

import os

from ..common import manifest
from ..common.errors import Collector
from ..common.files import atomic
from ..layer import facts
from ..layer.writer import LayerWriter
from ..verify.elf_facts import write_document
from .deb import open_deb
from .deb_layer import Expected, check, check_digest, fill
from .manifests import DebLayerManifest


def main(argv: list[str]) -> int:
    request = manifest.read(argv[0], DebLayerManifest)
    check_digest(request.deb, request.sha256)
    problems = Collector()
    with open_deb(request.deb, os.path.dirname(request.output) or ".") as deb:
        writer = LayerWriter()
        check(request.deb, deb, Expected(request.name, request.version), problems)
        fill(writer, request.deb, deb, request.name, problems)
        problems.raise_if_any()
        with atomic(request.output) as stream:
            written = writer.finish(stream)
    about = {"kind": "deb", "name": request.name, "version": request.version, "label": request.label}
    facts.write(request.facts, facts.LayerFacts.of(written, **about))
    if request.elf:
        write_document(request.elf, writer.scanner.document())
    return 0
