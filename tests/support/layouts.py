"""Layers, bases and images synthesised for tests, and the machine's own Python as the base of images that run."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from distroless_python.documents.base_profile import BaseLayer, BaseProfile, Release
from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.documents.python_target import PythonTarget
from distroless_python.formats.oci import (
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
    Descriptor,
    Layout,
    LayoutWriter,
    describe,
)
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.layers import LayerOutput

EXECUTABLE = "/usr/bin/python3.13"
DIST_PACKAGES = "/usr/local/lib/python3.13/dist-packages"
PASSWD = b"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"


def write_layer(
    directory: Path, name: str, files: Mapping[str, bytes], *, kind: str = "wheel", version: str = "1.0", **more: Any
) -> dict[str, str]:
    """Writes a layer of files (mode 0755 below a `bin` directory) and its facts; returns a manifest's line of it."""
    directory.mkdir(parents=True, exist_ok=True)
    writer = LayerWriter()
    for path, content in files.items():
        writer.add_file(path, 0o755 if "/bin/" in path else 0o644, content)
    layer = directory / f"{name}.layer.tar.gz"
    with layer.open("w+b") as stream:
        written = writer.finish(stream)
    known = LayerFacts.of(written, layer=kind, name=name, version=version, label=f"//:{name}", **more)
    output = LayerOutput(str(layer), str(directory / f"{name}.layer.json"), str(directory / f"{name}.contents.json"))
    write_known(known, writer.contents(), output)
    return vars(output)


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes] | tarfile.TarInfo]) -> bytes:
    """A tar file of members as they are given, whatever they say."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for item in members:
            member, data = item if isinstance(item, tuple) else (item, b"")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, **fields: Any) -> tarfile.TarInfo:
    """A tar member; `fields` are TarInfo's."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def write_layout(
    directory: Path,
    layers: Sequence[bytes],
    config: Mapping[str, Any] | None = None,
    *,
    docker: bool = False,
    architecture: str = "amd64",
) -> Layout:
    """Writes an image of gzip layers with these tar contents; `config` is the config's `config` member."""
    writer = LayoutWriter(directory)
    kind = DOCKER_LAYER_GZIP if docker else OCI_LAYER_GZIP
    blobs = [writer.write(gzip.compress(layer, 1, mtime=0), kind) for layer in layers]
    document = {
        "architecture": architecture,
        "os": "linux",
        "config": dict(config or {}),
        "rootfs": {"type": "layers", "diff_ids": [describe(layer, "").digest for layer in layers]},
    }
    write_image(writer, document, blobs, DOCKER_MANIFEST if docker else OCI_MANIFEST)
    return writer.layout


def write_image(
    writer: LayoutWriter, config: Mapping[str, Any], layers: Sequence[Descriptor], media_type: str = OCI_MANIFEST
) -> Descriptor:
    """Adds config and manifest of layers that are there, and finishes the layout."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": writer.write_json(config, OCI_CONFIG).json(),
        "layers": [layer.json() for layer in layers],
    }
    image = writer.write_json(manifest, media_type)
    writer.finish([image])
    return image


def write_profile(path: Path, base: Layout, **python: str) -> Path:
    """Writes the profile of a base: what `image` and `image-test` read of it; `python` are members of its Python."""
    image = base.image()
    config_descriptor, *layers = base.children(image)
    config = base.read_json(config_descriptor)
    about = {"version": "3.13", "executable": EXECUTABLE, "dist_packages": DIST_PACKAGES, "cache_tag": "cpython-313"}
    stdlib = python.pop("stdlib", "/usr/lib/python3.13")
    diff_ids = config["rootfs"]["diff_ids"]
    BaseProfile(
        architecture=config["architecture"],
        os="linux",
        variant="",
        python=PythonTarget(**{**about, "prefix": "/usr/local", **python}),
        stdlib=stdlib,
        abi="cp313",
        glibc="",
        loader="",
        release=Release(),
        end_of_life="",
        manifest=image.digest,
        layers=tuple(BaseLayer(blob.digest, blob.size, blob.media_type, d) for blob, d in zip(layers, diff_ids)),
        config=config,
        library_path=(),
    ).write(path)
    return path


def image_files(layout: Layout) -> dict[str, Any]:
    """The members of ImageFiles but `label`, for a manifest: an image or an index that is in a layout."""
    descriptor = layout.path.parent / f"{layout.path.name}.descriptor.json"
    descriptor.write_text(json.dumps(layout.roots()[0].json()))
    return {"descriptor": str(descriptor), "documents": [], "bases": [str(layout.path)], "layers": []}


def python_base(directory: Path, modules: Sequence[str]) -> tuple[Layout, Path]:
    """A base with the Python that runs the tests and what it needs to import `modules`; and its profile."""
    executable = os.path.realpath(sys.executable)
    layer = tar(
        [
            member("tmp", tarfile.DIRTYPE, mode=0o1777),
            member("home/nonroot", tarfile.DIRTYPE, mode=0o700, uid=65532, gid=65532),
            (member("etc/passwd", mode=0o644), PASSWD),
            *_host_files([executable, *_imported(executable, modules)]),
        ]
    )
    config = {"Env": ["PATH=/usr/bin", "LANG=C.UTF-8"], "Entrypoint": [executable], "User": "65532"}
    base = write_layout(directory / "base", [layer], config)
    stdlib = sysconfig.get_path("stdlib")
    return base, write_profile(directory / "profile.json", base, executable=executable, stdlib=stdlib)


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _host_files(paths: Iterable[str]) -> Iterable[tuple[tarfile.TarInfo, bytes]]:
    for path in dict.fromkeys(paths):
        yield member(path.lstrip("/"), mode=0o755 if os.access(path, os.X_OK) else 0o644), Path(path).read_bytes()


_LIST_IMPORTED = """
import importlib, re, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
for module in list(sys.modules.values()):
    print(getattr(module, "__file__", None) or "")
for line in open("/proc/self/maps"):
    print(*re.findall(r"/\\S+\\.so[.\\d]*$", line))
"""


def _imported(executable: str, modules: Sequence[str]) -> Iterable[str]:
    """The files of imported modules, the shared libraries that they load, and the loader where it is looked for."""
    command = [executable, "-I", "-S", "-c", _LIST_IMPORTED, "site", "encodings.latin_1", "encodings.idna", *modules]
    for path in filter(None, subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()):
        yield path
        if path.endswith("/__init__.py"):  # a package's other modules are imported when they are needed
            yield from map(str, Path(path).parent.glob("*.py"))
        if ".so" in path:  # a library is mapped from libz.so.1.2.13 and asked for as libz.so.1
            directory, name = os.path.split(path)
            yield from (str(link) for link in Path(directory).glob(f"{name.partition('.so')[0]}.so.*"))
    loaders = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
    yield from (loader for loader in loaders if os.path.exists(loader))


def write_index(directory: Path, images: Iterable[Layout]) -> Layout:
    """Writes an index of images, each the only one of its layout; blobs are links."""
    writer = LayoutWriter(directory)
    found = []
    for layout in images:
        image = layout.image()
        for blob in (image, *layout.children(image)):
            writer.link(blob, layout.blob(blob.digest))
        found.append(image.json())
    writer.finish([writer.write_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": found}, OCI_INDEX)])
    return writer.layout
