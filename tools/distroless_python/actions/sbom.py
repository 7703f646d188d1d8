"""`sbom`: writes what is in an image (CycloneDX and SPDX) and what it was made of (in-toto provenance).

By the standard library: the libraries that write these formats bring about twenty distributions, some compiled, that
every user's build would fetch for three JSON documents. The tests validate the documents by those libraries.
"""

from __future__ import annotations

from distroless_python.files import write_json
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.sbom import SbomManifest
from distroless_python.sbom import cyclonedx, provenance, spdx
from distroless_python.sbom.contents import read


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], SbomManifest)
    contents = read(manifest)
    write_json(manifest.cyclonedx, cyclonedx.document(contents), pretty=True)
    write_json(manifest.spdx, spdx.document(contents), pretty=True)
    write_json(manifest.provenance, provenance.statement(contents), pretty=True)
    return 0
