"""`ld-cache`: a layer with the loader's cache alone, right for a base with packages added to it."""

from __future__ import annotations

from distroless_python.base.file_tree import FileTree
from distroless_python.base.inspect import LD_SO_CACHE
from distroless_python.base.ldconfig import libraries
from distroless_python.base.packages import lay_contents, lay_packages
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import LayerContents, write_known
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.files import atomic
from distroless_python.formats import ld_cache
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import LdCacheManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], LdCacheManifest)
    tree = FileTree()
    lay_contents(tree, (), LayerContents.read(request.base))
    lay_packages(tree, request.layers)
    writer = LayerWriter()
    architecture = BaseProfile.read(request.profile).architecture
    writer.add_file(LD_SO_CACHE, 0o644, ld_cache.write(libraries(tree, architecture)))
    with atomic(request.output.layer) as stream:
        written = writer.finish(stream)
    name = request.label.rpartition(":")[2]
    facts = LayerFacts.of(written, layer="files", name=name, version="", label=request.label)
    write_known(facts, writer.contents(), request.output)
    return 0
