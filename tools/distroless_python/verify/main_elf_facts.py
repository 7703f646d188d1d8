"""`elf-facts`: writes what verification has to know of the files of a layer."""

from __future__ import annotations

from distroless_python.common import manifest

from .elf_facts import write_document
from .manifests import ElfFactsManifest
from .scan import scan


def main(argv: list[str]) -> int:
    job = manifest.read(argv[0], ElfFactsManifest)
    write_document(job.output, scan(job.layer))
    return 0
