"""`image`: layers on a base become an image, an OCI layout.

No layer is read: digests come from the facts written beside it. What is written are joined layers, the config, the
manifest and the index; every other blob is a link.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..common import manifest as manifests
from ..common.errors import Problem, ToolError
from ..common.files import atomic, write_json
from ..common.oci import (
    NAMELESS,
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Layout,
    LayoutWriter,
    oci_media_type,
)
from ..layer import facts
from ..layer.join import Part, join
from ..layer.plan import plan
from . import config as configs
from .entry import Python, entrypoint
from .manifests import ImageManifest
from .profile import read_profile


def main(argv: list[str]) -> int:
    manifest = manifests.read(argv[0], ImageManifest)
    configs.check(manifest)
    descriptor = _assemble(manifest, read_profile(manifest.profile))
    write_json(manifest.descriptor, descriptor.json())
    if manifest.digest_file:
        with atomic(manifest.digest_file) as stream:
            stream.write(descriptor.digest.encode())
    return 0


def _assemble(manifest: ImageManifest, profile: Mapping[str, Any]) -> Descriptor:
    parts = [Part(Path(layer.layer), facts.read(layer.facts)) for layer in manifest.layers]
    base = [Descriptor.from_json(layer, manifest.profile) for layer in profile["layers"]]
    files = {file["path"] for file in profile["files"]}
    files.update(file.path for part in parts for file in part.facts.files)
    if not files:
        reason = "the image is empty: neither its base nor its layers have a file"
        raise ToolError(Problem(manifest.label, reason, "give a base with Python, and a binary"))
    manifest = replace(manifest, imports=_imports(manifest.imports, files))
    execution = profile["config"].get("config") or {}
    python = _python(manifest, profile["python"], execution.get("WorkingDir") or "/")
    command = entrypoint(manifest.entry, execution.get("Entrypoint") or [], python, files, manifest.label)
    groups = plan([part.facts for part in parts], len(base), manifest.layer_limit, manifest.label)

    writer = LayoutWriter(manifest.output)
    layout = Layout(Path(manifest.base), manifest.label)
    layers = [
        replace(writer.link(layer, layout.existing(layer)), media_type=oci_media_type(layer.media_type))
        for layer in base
    ]
    history = []
    for group in groups:
        layer, diff_id = _add([parts[index] for index in group], writer)
        layers.append(layer)
        history.append(configs.History(", ".join(_name(parts[index].facts) for index in group), diff_id))
    config = writer.write_json(configs.image_config(manifest, profile, command, history), OCI_CONFIG)
    annotations = {"org.opencontainers.image.base.digest": profile["manifest"]["digest"], **manifest.annotations}
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.json(),
        "layers": [layer.json() for layer in layers],
        "annotations": annotations,
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
