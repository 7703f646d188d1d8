"""`image`: layers on a base become an image. It is JSON: no layer is read, digests come from the facts beside them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import replace

from distroless_python.actions import options
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector
from distroless_python.files import atomic, write_json
from distroless_python.formats.oci import OCI_MANIFEST, canonical, describe
from distroless_python.image import config as configs
from distroless_python.image.entry import entrypoint
from distroless_python.image.plan import check_count, ordered
from distroless_python.manifests.image import ImageManifest
from distroless_python.manifests.reading import read_manifest


def main(argv: list[str]) -> int:
    manifest = _stamped(read_manifest(argv[0], ImageManifest))
    problems = Collector()
    layers: list[LayerFacts] = []
    with problems.catching():
        configs.check(manifest)
    for path in manifest.layers:
        with problems.catching():
            layers.append(LayerFacts.read(path))
    layers = ordered(layers)
    profile = BaseProfile.read(manifest.profile)
    with problems.catching():
        check_count(len(profile.layers), len(layers), manifest.layer_limit, manifest.label)
    problems.raise_if_any()
    imports = _imports(manifest.imports, {directory for layer in layers for directory in layer.directories})
    _write(replace(manifest, imports=imports), profile, layers)
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


def _write(manifest: ImageManifest, profile: BaseProfile, layers: list[LayerFacts]) -> None:
    command = entrypoint(manifest.entry, profile.execution.get("Entrypoint") or [], profile.python)
    config = canonical(configs.image_config(manifest, profile, command, layers))
    image = canonical(configs.image_manifest(profile, config, layers, manifest.annotations))
    descriptor = describe(image, OCI_MANIFEST, platform=profile.platform)
    files = {manifest.config: config, manifest.manifest: image, manifest.digest_file: descriptor.digest.encode()}
    for path, content in files.items():
        with atomic(path) as stream:
            stream.write(content)
    write_json(manifest.descriptor, descriptor.json())


def _imports(imports: Iterable[str], directories: set[str]) -> tuple[str, ...]:
    """The directories that are in the image, each once; what wheels are imported from on the machine is not."""
    paths = dict.fromkeys(map(posixpath.normpath, imports))
    return tuple(path for path in paths if f"{path.lstrip('/')}/" in directories)
