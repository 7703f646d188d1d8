"""`report`: tells what is in an image, right or wrong, as JSON and as a page."""

from __future__ import annotations

from distroless_python.files import atomic, write_json
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.verify import ReportManifest
from distroless_python.verify.examine import examine
from distroless_python.verify.page import page
from distroless_python.verify.report import report


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], ReportManifest)
    value = report(examine(manifest), manifest)
    write_json(manifest.json, value, pretty=True)
    with atomic(manifest.html) as stream:
        stream.write(page(value).encode())
    return 0
