"""`layer-group`: several layers become one, in images that have more than an engine takes."""

from __future__ import annotations

from pathlib import Path

from distroless_python.documents.layer_contents import FileFacts, LayerContents, write_known
from distroless_python.documents.layer_facts import LayerFacts, Span
from distroless_python.files import atomic
from distroless_python.layer.join import LayerPart, join
from distroless_python.manifests.layers import LayerGroupManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = read_manifest(argv[0], LayerGroupManifest)
    parts = [LayerPart(Path(layer.layer), LayerFacts.read(layer.facts)) for layer in manifest.layers]
    files: dict[str, FileFacts] = {}
    left_out = []
    for layer in manifest.layers:
        own = {file.path: file for file in LayerContents.read(layer.contents).files}
        left_out.append(frozenset(own.keys() & files.keys()))  # who comes first stays; verification names others
        files = {**own, **files}
    with atomic(manifest.output.layer) as stream:
        joined = join(parts, stream, left_out)
    names = ", ".join(part.facts.title for part in parts)
    directories = {directory for part in parts for directory in part.facts.directories}
    facts = LayerFacts(
        layer="deb" if all(part.facts.layer == "deb" for part in parts) else "group",
        name=f"{manifest.title}: {names}" if manifest.title else names,
        version="",
        label=manifest.label,
        blob=joined.blob,
        diff_id=joined.diff_id,
        body=Span(0, 0),  # a group is not joined again
        diff_body=Span(0, 0),
        directories=tuple(sorted(directories)),
        files=len(files),
        unpacked=sum(file.size for file in files.values()),
    )
    write_known(facts, LayerContents(files=tuple(sorted(files.values()))), manifest.output)
    return 0
