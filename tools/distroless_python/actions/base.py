"""`base`: puts packages' layers together to a base image, an OCI layout whose blobs are links to them."""

from __future__ import annotations

import io
import re

from distroless_python.base import rootfs
from distroless_python.base.busybox import DIRECTORY, shell
from distroless_python.base.deb_layer import CERTIFICATES
from distroless_python.base.file_tree import Tree
from distroless_python.base.packages import lay_packages
from distroless_python.base.rootfs import NONROOT
from distroless_python.documents import layer_facts as facts
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor, LayoutWriter
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import BaseManifest
from distroless_python.manifests.reading import read_manifest

CREATED = "1970-01-01T00:00:00Z"
_VARIANTS = {"arm64": {"variant": "v8"}}  # as distroless and Docker's own images say it
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], BaseManifest)
    packages = [(facts.read(file.facts), file.layer) for file in request.layers]
    tree = Tree()
    lay_packages(tree, request.layers)
    executable = f"usr/bin/python{request.python}"
    if tree.find(executable) is None:
        remedy = f"add the package python{request.python}-minimal, or correct the lock's `python`"
        raise ToolError(Problem(request.label, f"no package has /{executable}", remedy))
    lowest = rootfs.lowest(tree)
    rootfs.merge_usr(tree)
    upper = [(rootfs.highest(tree, request), "users, os-release, links, ld.so.cache")]
    if request.debug:
        known = facts.read(request.debug.facts)
        upper.append((shell(known, request.debug.layer), f"{known.name} {known.version}"))
    writer = LayoutWriter(request.output)
    layers = [_synthetic(writer, lowest, "links of merged /usr")]
    for known, path in packages:
        descriptor = Descriptor(OCI_LAYER_GZIP, known.blob.digest, known.blob.size)
        layers.append((writer.link(descriptor, path), known.diff_id, f"{known.name} {known.version}"))
    layers += [_synthetic(writer, layer, what) for layer, what in upper]
    _write_image(writer, request, layers, _python_version(packages, request.python))
    return 0


_Layer = tuple[Descriptor, str, str]
"""Descriptor, diff_id, and what it is."""


def _synthetic(writer: LayoutWriter, layer: LayerWriter, what: str) -> _Layer:
    stream = io.BytesIO()
    written = layer.finish(stream)
    return writer.write(stream.getvalue(), OCI_LAYER_GZIP), written.diff_id, what


def _write_image(writer: LayoutWriter, request: BaseManifest, layers: list[_Layer], version: str) -> None:
    environment = {
        "PATH": f"{PATH}:/{DIRECTORY}" if request.debug else PATH,
        "SSL_CERT_FILE": f"/{CERTIFICATES}",
        "LANG": "C.UTF-8",
    }
    platform = {"architecture": request.architecture, "os": "linux", **_VARIANTS.get(request.architecture, {})}
    config = {
        **platform,
        "created": CREATED,
        "config": {
            "Entrypoint": [f"/usr/bin/python{request.python}"],
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "User": str(NONROOT),
            "WorkingDir": "/home/nonroot",
        },
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id, _ in layers]},
        "history": [{"created": CREATED, "created_by": what} for _, _, what in layers],
    }
    image = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": writer.write_json(config, OCI_CONFIG).json(),
        "layers": [descriptor.json() for descriptor, _, _ in layers],
        "annotations": {"com.google.distroless.python.version": version},
    }
    writer.finish([writer.write_json(image, OCI_MANIFEST, platform=platform)])


def _python_version(packages: list[tuple[LayerFacts, str]], python: str) -> str:
    """The interpreter's whole version, `3.13.5`, from its package's."""
    versions = {known.name: known.version for known, _ in packages}
    match = re.match(r"(?:\d+:)?([0-9.]+)", versions.get(f"python{python}-minimal", ""))
    return match[1] if match else python
