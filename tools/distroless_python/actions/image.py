"""`image`: layers on a base become an image, an OCI layout.

No layer is read: digests come from the facts written beside it. What is written are joined layers, the config, the
manifest and the index; every other blob is a link.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from distroless_python.actions import options
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector
from distroless_python.files import atomic, write_json
from distroless_python.formats.oci import (
    NAMELESS,
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Layout,
    LayoutWriter,
    oci_media_type,
)
from distroless_python.image import config as configs
from distroless_python.image.entry import entrypoint
from distroless_python.image.plan import plan
from distroless_python.layer.join import LayerPart, join
from distroless_python.manifests.image import ImageManifest
from distroless_python.manifests.reading import read_manifest


@dataclass(frozen=True)
class _Inputs:
    """What was read: the manifest, the base's profile and layout, and the layer files."""

    manifest: ImageManifest
    profile: BaseProfile
    base: Layout
    parts: tuple[LayerPart, ...]


def main(argv: list[str]) -> int:
    inputs = _read(_stamped(read_manifest(argv[0], ImageManifest)))
    image = _write(inputs)
    write_json(inputs.manifest.descriptor, image.json())
    with atomic(inputs.manifest.digest_file) as stream:
        stream.write(image.digest.encode())
    return 0


def _stamped(manifest: ImageManifest) -> ImageManifest:
    """The manifest with the workspace status in labels and annotations, where the rule gave it."""
    if not manifest.status_files:
        return manifest
    values = options.status(manifest.status_files)
    problems = Collector()
    found: dict[str, dict[str, str]] = {}
    for member, texts in (("labels", manifest.labels), ("annotations", manifest.annotations)):
        with problems.catching():
            found[member] = dict(zip(texts, options.stamped([*texts.values()], values, manifest.label, member)))
    problems.raise_if_any()
    return replace(manifest, labels=found["labels"], annotations=found["annotations"])


def _read(manifest: ImageManifest) -> _Inputs:
    problems = Collector()
    with problems.catching():
        configs.check(manifest)
    profile = BaseProfile.read(manifest.profile)
    base = Layout(Path(manifest.base), manifest.label)
    parts: list[LayerPart] = []
    for file in manifest.layers:
        with problems.catching():
            parts.append(LayerPart(Path(file.layer), LayerFacts.read(file.facts)))
    problems.raise_if_any()
    directories = {directory for part in parts for directory in part.facts.directories}
    imports = _imports(manifest.imports, directories)
    return _Inputs(replace(manifest, imports=imports), profile, base, tuple(parts))


def _groups(inputs: _Inputs) -> list[tuple[LayerPart, ...]]:
    manifest = inputs.manifest
    contents = {part.facts.blob.digest: file.contents for part, file in zip(inputs.parts, manifest.layers)}

    def paths(layer: LayerFacts) -> frozenset[str]:
        return frozenset(file.path for file in LayerContents.read(contents[layer.blob.digest]).files)

    layers = [part.facts for part in inputs.parts]
    groups = plan(layers, len(inputs.profile.layers), manifest.layer_limit, manifest.label, paths)
    return [tuple(inputs.parts[index] for index in group) for group in groups]


def _write(inputs: _Inputs) -> Descriptor:
    manifest, profile = inputs.manifest, inputs.profile
    command = entrypoint(manifest.entry, profile.execution.get("Entrypoint") or [], profile.python)
    writer = LayoutWriter(manifest.output)
    layers = []
    for layer in profile.layers:
        blob = Descriptor(layer.media_type, layer.digest, layer.size)
        writer.link(blob, inputs.base.blob(blob.digest))
        layers.append(replace(blob, media_type=oci_media_type(blob.media_type)))
    history = []
    for group in _groups(inputs):
        descriptor, diff_id = _add(group, writer)
        layers.append(descriptor)
        history.append(configs.History(", ".join(part.facts.title for part in group), diff_id))
    config = writer.write_json(configs.image_config(manifest, profile, command, history), OCI_CONFIG)
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.json(),
        "layers": [layer.json() for layer in layers],
        "annotations": {"org.opencontainers.image.base.digest": profile.manifest, **manifest.annotations},
    }
    image = writer.write_json(value, OCI_MANIFEST, platform=profile.platform)
    writer.finish([replace(image, annotations=NAMELESS)])
    return image


def _add(parts: Sequence[LayerPart], writer: LayoutWriter) -> tuple[Descriptor, str]:
    """Adds layer files as one layer, with its diff_id; one file alone is used as it is."""
    if len(parts) == 1:
        known = parts[0].facts
        blob = Descriptor(OCI_LAYER_GZIP, known.blob.digest, known.blob.size)
        return writer.link(blob, parts[0].path), known.diff_id
    joining = writer.layout.path / "joining"
    with joining.open("wb") as stream:
        joined = join(parts, stream)
    blob = Descriptor(OCI_LAYER_GZIP, joined.blob.digest, joined.blob.size)
    return writer.move(blob, joining), joined.diff_id


def _imports(imports: Iterable[str], directories: set[str]) -> tuple[str, ...]:
    """The directories that are in the image, each once; what wheels are imported from on the machine is not."""
    paths = dict.fromkeys(map(posixpath.normpath, imports))
    return tuple(path for path in paths if f"{path.lstrip('/')}/" in directories)
