"""`base`: puts packages' layers together to a base image, an OCI layout whose blobs are links to them."""

from __future__ import annotations

import io
import re
from typing import Any

from distroless_python.base import rootfs
from distroless_python.base.busybox import DIRECTORY, shell
from distroless_python.base.deb_layer import CERTIFICATES
from distroless_python.base.describe import describe, write
from distroless_python.base.file_tree import FILE, FileTree, Node
from distroless_python.base.inspect import LD_SO_CACHE, SeenFile
from distroless_python.base.ldconfig import libraries
from distroless_python.base.packages import lay_contents, lay_packages
from distroless_python.base.rootfs import NONROOT
from distroless_python.base.tree_needs import unmet
from distroless_python.documents.base_profile import BaseLayer, BaseProfile
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats import ld_cache
from distroless_python.formats.oci import EPOCH, OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST, Descriptor, LayoutWriter
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import BaseManifest
from distroless_python.manifests.reading import read_manifest

_VARIANTS = {"arm64": {"variant": "v8"}}  # as distroless and Docker's own images say it
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], BaseManifest)
    packages = [(LayerFacts.read(file.facts), file.layer) for file in request.layers]
    tree = FileTree()
    lay_packages(tree, request.layers)
    executable = f"usr/bin/python{request.python}"
    if tree.find(executable) is None and not request.tree:
        remedy = f"add the package python{request.python}-minimal, or correct the lock's `python`"
        raise ToolError(Problem(request.label, f"no package has /{executable}", remedy))
    debug = _debug(request)
    base = _Base(LayoutWriter(request.output), tree)
    base.add_own(rootfs.lowest(tree), "links of merged /usr")
    rootfs.merge_usr(tree)
    joined = [(LayerFacts.read(file.facts), file.layer) for file in request.joined]
    for known, path in joined or packages:
        base.add(base.writer.link(Descriptor(OCI_LAYER_GZIP, known.blob.digest, known.blob.size), path), known)
    cache = ld_cache.write(libraries(tree, request.architecture))
    base.add_own(rootfs.highest(tree, request, cache), "users, os-release, links, ld.so.cache")
    tree.add(LD_SO_CACHE, Node(FILE, 0o644, len(cache), seen=SeenFile(text=cache)))
    for layer, title in debug:
        base.add_own(layer, title)
    config = _config(request, base)
    manifest = _write_image(base, config, _python_version(packages, request.python))
    profile = describe(tree, config, manifest.digest, tuple(base.layers), request.label, request.end_of_life)
    _check_tree(request, tree, profile)
    write(request.described, profile, tree)
    return 0


def _check_tree(request: BaseManifest, tree: FileTree, profile: BaseProfile) -> None:
    """Checks that a CPython that is not Debian's has what it needs."""
    if request.tree:
        elfs = LayerContents.read(request.tree.contents).elf
        problems = list(unmet(tree, elfs, profile.library_path, request.label, request.release))
        if problems:
            raise ToolError(problems)


def _debug(request: BaseManifest) -> list[tuple[LayerWriter, str]]:
    """The shell of a debug base, and its title; read first, for nothing may be written where it is not one."""
    if not request.debug:
        return []
    known = LayerFacts.read(request.debug.facts)
    return [(shell(known, request.debug.layer), known.title)]


class _Base:
    """A base while it is put together: its files so far, its layers, and what each of these is."""

    def __init__(self, writer: LayoutWriter, tree: FileTree) -> None:
        self.writer = writer
        self.tree = tree
        self.layers: list[BaseLayer] = []
        self.titles: list[str] = []

    def add(self, blob: Descriptor, known: LayerFacts) -> None:
        """Adds a layer whose files are in the tree."""
        self.layers.append(BaseLayer(blob.digest, blob.size, blob.media_type, known.diff_id))
        self.titles.append(known.title)

    def add_own(self, layer: LayerWriter, title: str) -> None:
        """Writes a small layer, and adds its files to the tree."""
        stream = io.BytesIO()
        known = LayerFacts.of(layer.finish(stream), layer="files", name=title, version="", label="")
        self.add(self.writer.write(stream.getvalue(), OCI_LAYER_GZIP), known)
        lay_contents(self.tree, known.directories, layer.contents())


def _config(request: BaseManifest, base: _Base) -> dict[str, Any]:
    environment = {
        "PATH": f"{PATH}:/{DIRECTORY}" if request.debug else PATH,
        "SSL_CERT_FILE": f"/{CERTIFICATES}",
        "LANG": "C.UTF-8",
    }
    return {
        **_platform(request.architecture),
        "created": EPOCH,
        "config": {
            "Entrypoint": [f"/usr/bin/python{request.python}"],
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "User": str(NONROOT),
            "WorkingDir": "/home/nonroot",
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in base.layers]},
        "history": [{"created": EPOCH, "created_by": title} for title in base.titles],
    }


def _platform(architecture: str) -> dict[str, str]:
    return {"architecture": architecture, "os": "linux", **_VARIANTS.get(architecture, {})}


def _write_image(base: _Base, config: dict[str, Any], version: str) -> Descriptor:
    blobs = [Descriptor(layer.media_type, layer.digest, layer.size) for layer in base.layers]
    image = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": base.writer.write_json(config, OCI_CONFIG).json(),
        "layers": [blob.json() for blob in blobs],
        "annotations": {"com.google.distroless.python.version": version},
    }
    manifest = base.writer.write_json(image, OCI_MANIFEST, platform=_platform(config["architecture"]))
    base.writer.finish([manifest])
    return manifest


def _python_version(packages: list[tuple[LayerFacts, str]], python: str) -> str:
    """The interpreter's whole version, `3.13.5`, from its package's."""
    versions = {known.name: known.version for known, _ in packages}
    package = versions.get(f"python{python}-minimal") or versions.get(f"python{python}", "")
    match = re.match(r"(?:\d+:)?([0-9.]+)", package)
    return match[1] if match else python
