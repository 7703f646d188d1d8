"""`image`: layers on a base become an image, an OCI layout.

No layer is read: digests come from the facts written beside it. What is written are joined layers, the config, the
manifest and the index; every other blob is a link.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distroless_python.documents import layer_facts as facts
from distroless_python.errors import Collector, Problem, ToolError
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
from distroless_python.image.entry import Python, entrypoint
from distroless_python.image.plan import plan
from distroless_python.image.profile import read_profile
from distroless_python.layer.join import Part, join
from distroless_python.manifests.image import ImageManifest
from distroless_python.manifests.reading import read_manifest


@dataclass(frozen=True)
class _Inputs:
    """What was read: the manifest, the base's profile, layout and layers, and the layer files."""

    manifest: ImageManifest
    profile: Mapping[str, Any]
    base: Layout
    base_layers: tuple[Descriptor, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Plan:
    """What was decided: the manifest with the imports that are there, the entrypoint, and who shares a layer."""

    manifest: ImageManifest
    entrypoint: tuple[str, ...]
    groups: tuple[tuple[Part, ...], ...]


def main(argv: list[str]) -> int:
    inputs = _read(read_manifest(argv[0], ImageManifest))
    image = _write(inputs, _decide(inputs))
    write_json(inputs.manifest.descriptor, image.json())
    if inputs.manifest.digest_file:
        with atomic(inputs.manifest.digest_file) as stream:
            stream.write(image.digest.encode())
    return 0


def _read(manifest: ImageManifest) -> _Inputs:
    problems = Collector()
    with problems.catching():
        configs.check(manifest)
    profile = read_profile(manifest.profile)
    base = Layout(Path(manifest.base), manifest.label)
    layers = tuple(Descriptor.from_json(layer, manifest.profile) for layer in profile["layers"])
    for layer in layers:
        with problems.catching():
            base.existing(layer)
    parts: list[Part] = []
    for file in manifest.layers:
        with problems.catching():
            parts.append(Part(Path(file.layer), facts.read(file.facts)))
    problems.raise_if_any()
    return _Inputs(manifest, profile, base, layers, tuple(parts))


def _decide(inputs: _Inputs) -> _Plan:
    manifest, profile, label = inputs.manifest, inputs.profile, inputs.manifest.label
    files = {file["path"] for file in profile["files"]}
    files.update(file.path for part in inputs.parts for file in part.facts.files)
    if not files:
        reason = "the image is empty: neither its base nor its layers have a file"
        raise ToolError(Problem(label, reason, "give a base with Python, and a binary"))
    manifest = replace(manifest, imports=_imports(manifest.imports, files))
    execution = profile["config"].get("config") or {}
    python = _python(manifest, profile["python"], execution.get("WorkingDir") or "/")
    command: list[str] = []
    groups: tuple[tuple[int, ...], ...] = ()
    problems = Collector()
    with problems.catching():
        command = entrypoint(manifest.entry, execution.get("Entrypoint") or [], python, files, label)
    with problems.catching():
        layers = [part.facts for part in inputs.parts]
        groups = plan(layers, len(inputs.base_layers), manifest.layer_limit, label)
    problems.raise_if_any()
    return _Plan(manifest, tuple(command), tuple(tuple(inputs.parts[index] for index in group) for group in groups))


def _write(inputs: _Inputs, decided: _Plan) -> Descriptor:
    manifest, profile = decided.manifest, inputs.profile
    writer = LayoutWriter(manifest.output)
    layers = [
        replace(writer.link(layer, inputs.base.blob(layer.digest)), media_type=oci_media_type(layer.media_type))
        for layer in inputs.base_layers
    ]
    history = []
    for group in decided.groups:
        layer, diff_id = _add(group, writer)
        layers.append(layer)
        history.append(configs.History(", ".join(_name(part.facts) for part in group), diff_id))
    config = writer.write_json(configs.image_config(manifest, profile, decided.entrypoint, history), OCI_CONFIG)
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.json(),
        "layers": [layer.json() for layer in layers],
        "annotations": {"org.opencontainers.image.base.digest": profile["manifest"]["digest"], **manifest.annotations},
    }
    platform = {key: profile[key] for key in ("architecture", "os", "variant") if profile.get(key)}
    image = writer.write_json(value, OCI_MANIFEST, platform=platform)
    writer.finish([replace(image, annotations=NAMELESS)])
    return image


def _add(parts: Sequence[Part], writer: LayoutWriter) -> tuple[Descriptor, str]:
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


def _name(layer: facts.LayerFacts) -> str:
    return f"{layer.name} {layer.version}".strip()


def _imports(imports: Sequence[str], files: Collection[str]) -> tuple[str, ...]:
    """The directories that are in the image, each once; what wheels are imported from on the machine is not."""
    paths = dict.fromkeys(map(posixpath.normpath, imports))
    return tuple(path for path in paths if any(file.startswith(path.lstrip("/") + "/") for file in files))


def _python(manifest: ImageManifest, known: Mapping[str, str], base_workdir: str) -> Python:
    """The image's Python. `python -m` looks into the working directory first."""
    debian = "/usr/lib/python3/dist-packages"
    path = (manifest.workdir or base_workdir, *manifest.imports, known["stdlib"], known["dist_packages"], debian)
    return Python(known["executable"], path)
