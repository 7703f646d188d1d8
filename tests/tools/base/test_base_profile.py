"""`profile` of bases that others made: layouts of every form, Pythons of every place, and damage."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from distroless_python.documents.base_profile import BasePackage, BaseProfile, Release
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.errors import ToolError
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
    Descriptor,
    Layout,
    LayoutWriter,
    describe,
)
from support.bases import describe_layout
from support.debs import files
from support.elfs import elf
from support.layouts import member, tar, write_layout

DEBIAN: dict[str, bytes | str] = {
    "usr/bin/python3.13": elf(interpreter="/lib/ld.so"),
    "usr/lib/python3.13/os.py": b"",
    "usr/lib/python3.13/site.py": b"dist-packages",
}
LOCAL: dict[str, bytes | str] = {
    "usr/local/bin/python3.12": elf(interpreter="/lib/ld.so"),
    "usr/local/bin/python3": "python3.12",
    "usr/local/lib/python3.12/os.py": b"",
    "usr/local/lib/python3.12/site.py": b"site-packages",
}


def profile(directory: Path, layout: Layout, **more: Any) -> BaseProfile:
    return describe_layout(directory, layout, **more)


def contents(directory: Path) -> LayerContents:
    return LayerContents.read(directory / "contents.json")


def image(content: Mapping[str, bytes | str], directory: Path, config: Mapping[str, Any] | None = None) -> Layout:
    return write_layout(directory / "layout", [tar(files(content))], config)


def refused(directory: Path, layout: Layout, message: str, **more: Any) -> None:
    with pytest.raises(ToolError, match=message):
        profile(directory, layout, **more)
    assert not any((directory / f"{name}.json").exists() for name in ("profile", "contents", "python"))


# Layouts.


@pytest.mark.parametrize("docker", [False, True])
def test_docker_and_oci(tmp_path: Path, docker: bool) -> None:
    layout = write_layout(tmp_path / "layout", [tar(files(DEBIAN)), tar(files({"usr/x": b""}))], docker=docker)
    found = profile(tmp_path, layout)
    assert found.python.version == "3.13"
    assert found.manifest == layout.image().digest
    assert layout.image().media_type == (DOCKER_MANIFEST if docker else OCI_MANIFEST)
    assert len(found.layers) == 2


def add_image(writer: LayoutWriter, layer: bytes, media_type: str, architecture: str, diff_id: str) -> Descriptor:
    config = {"architecture": architecture, "os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id]}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": writer.write_json(config, OCI_CONFIG).json(),
        "layers": [writer.write(layer, media_type).json()],
    }
    return writer.write_json(manifest, OCI_MANIFEST, platform={"architecture": architecture, "os": "linux"})


@pytest.mark.parametrize("index_type", [OCI_INDEX, DOCKER_INDEX])
def test_an_index_in_the_index(tmp_path: Path, index_type: str) -> None:
    writer = LayoutWriter(tmp_path / "layout")
    layers = {"amd64": tar(files(DEBIAN)), "arm64": tar(files(LOCAL))}
    images = [
        add_image(writer, layer, OCI_LAYER, architecture, describe(layer, "").digest)
        for architecture, layer in layers.items()
    ]
    index = {"schemaVersion": 2, "mediaType": index_type, "manifests": [descriptor.json() for descriptor in images]}
    writer.finish([writer.write_json(index, index_type)])
    assert profile(tmp_path, writer.layout).python.version == "3.13"
    arm = profile(tmp_path, writer.layout, architecture="arm64")
    assert (arm.architecture, arm.python.version) == ("arm64", "3.12")
    for name in ("profile", "contents", "python"):
        (tmp_path / f"{name}.json").unlink()
    message = r"//:base: 0 images for linux/riscv64 where one is needed; it has linux/amd64, linux/arm64\n.*remedy"
    refused(tmp_path, writer.layout, message, architecture="riscv64")


def test_no_layout(tmp_path: Path) -> None:
    refused(tmp_path, Layout(tmp_path), r"//:base: index\.json: no OCI layout")


def test_zstd(tmp_path: Path) -> None:
    writer = LayoutWriter(tmp_path / "layout")
    packed = b"\x28\xb5\x2f\xfd" + bytes(20)
    writer.finish([add_image(writer, packed, OCI_LAYER_ZSTD, "amd64", describe(b"", "").digest)])
    refused(tmp_path, writer.layout, r"//:base: layer sha256:[0-9a-f]+: compressed with zstd.*\n.*skopeo copy")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda blob: blob.unlink(), "blob sha256:[0-9a-f]+ .* is missing"),
        (lambda blob: blob.write_bytes(blob.read_bytes()[:-1]), "bytes where its descriptor says"),
        (
            lambda blob: blob.write_bytes(gzip.compress(b"", mtime=0).ljust(blob.stat().st_size, b"\0")),
            "damaged|digest",
        ),
        (lambda blob: blob.write_bytes(b"x" * blob.stat().st_size), "damaged"),
        (lambda blob: blob.write_bytes(blob.read_bytes()[:-1] + b"\xff"), "damaged|digest"),
    ],
)
def test_a_damaged_layer(tmp_path: Path, change: Any, message: str) -> None:
    layout = image(DEBIAN, tmp_path)
    change(layout.blob(layout.children(layout.image())[1].digest))
    refused(tmp_path, layout, rf"//:base: (.*: )?.*({message})")


def test_digests_that_do_not_fit(tmp_path: Path) -> None:
    layer = tar(files(DEBIAN))
    writer = LayoutWriter(tmp_path / "a")
    writer.finish([add_image(writer, gzip.compress(layer), OCI_LAYER_GZIP, "amd64", describe(b"", "").digest)])
    refused(tmp_path, writer.layout, "its bytes have the digest sha256:[0-9a-f]+, not sha256:e3b0c44")
    writer = LayoutWriter(tmp_path / "b")
    writer.finish([add_image(writer, layer, OCI_LAYER, "amd64", describe(layer, "").digest)])
    blob = writer.layout.blob(describe(layer, "").digest)
    blob.write_bytes(tar(files({**DEBIAN, "usr/bin/python3.13": elf(interpreter="/lib/of.so")})))
    refused(tmp_path, writer.layout, "its bytes have the digest")


def test_layers_without_diff_ids(tmp_path: Path) -> None:
    layer = tar(files(DEBIAN))
    writer = LayoutWriter(tmp_path / "layout")
    descriptor = writer.write(layer, OCI_LAYER)
    config = writer.write_json({"architecture": "amd64", "os": "linux"}, OCI_CONFIG)
    manifest = {"mediaType": OCI_MANIFEST, "config": config.json(), "layers": [descriptor.json()]}
    writer.finish([writer.write_json(manifest, OCI_MANIFEST)])
    refused(tmp_path, writer.layout, "1 layers, but 0 diff_ids in the config")


def test_a_layer_that_leaves_the_root(tmp_path: Path) -> None:
    layout = write_layout(tmp_path / "layout", [tar([member("../etc/passwd", tarfile.REGTYPE)])])
    refused(tmp_path, layout, r"//:base: layer sha256:[0-9a-f]+: damaged: '\.\./etc/passwd' leaves the root")


# Pythons.


def test_debians_python(tmp_path: Path) -> None:
    found = profile(tmp_path, image(DEBIAN, tmp_path))
    assert found.python.dist_packages == "/usr/local/lib/python3.13/dist-packages"
    assert found.loader == "/lib/ld.so"


def test_the_python_of_other_images(tmp_path: Path) -> None:
    found = profile(tmp_path, image(LOCAL, tmp_path))
    python = found.python
    assert python.executable == "/usr/local/bin/python3.12"
    assert python.dist_packages == "/usr/local/lib/python3.12/site-packages"
    assert (found.stdlib, python.prefix) == ("/usr/local/lib/python3.12", "/usr/local")


def test_a_distribution_that_is_not_debian(tmp_path: Path) -> None:
    content = {**DEBIAN, "usr/lib/python3.13/site.py": b"site-packages"}
    python = profile(tmp_path, image(content, tmp_path)).python
    assert python.dist_packages == "/usr/lib/python3.13/site-packages"


def test_python_3_7(tmp_path: Path) -> None:
    content: dict[str, bytes | str] = {path.replace("3.13", "3.7"): what for path, what in DEBIAN.items()}
    found = profile(tmp_path, image(content, tmp_path))
    assert (found.python.version, found.python.cache_tag, found.abi) == ("3.7", "cpython-37", "cp37m")


@pytest.mark.parametrize(
    ("config", "version"),
    [
        ({"Entrypoint": ["/usr/bin/python3.13"]}, "3.13"),
        ({"Entrypoint": ["/usr/local/bin/python3"]}, "3.12"),
        ({"Cmd": ["python3"]}, "3.12"),
        ({"Entrypoint": None, "Cmd": ["/bin/sh"]}, "3.13"),
        ({}, "3.13"),
    ],
)
def test_of_several_the_one_that_starts_else_the_newest(tmp_path: Path, config: dict[str, Any], version: str) -> None:
    assert profile(tmp_path, image({**DEBIAN, **LOCAL}, tmp_path, config)).python.version == version


def test_no_python(tmp_path: Path) -> None:
    layout = image({"usr/bin/python3.13": b"", "usr/bin/x": b""}, tmp_path)
    refused(tmp_path, layout, r"//:base: there is no Python in it: no /usr/bin/python3\.X.*\n.*distroless' python3")


# What else is in it.


def test_release_of_other_distributions(tmp_path: Path) -> None:
    content = {**DEBIAN, "usr/lib/os-release": b'ID=wolfi\nVERSION_ID="20230201"\n#x=y\nBAD=\'\n\nnothing\n'}
    found = profile(tmp_path, image(content, tmp_path))
    assert found.release == Release("wolfi", "20230201", "")


def test_codename_as_distroless_says_it(tmp_path: Path) -> None:
    content = {**DEBIAN, "etc/os-release": b'ID=debian\nVERSION_ID=13\nVERSION="Debian GNU/Linux 13 (trixie)"\n'}
    assert profile(tmp_path, image(content, tmp_path)).release.codename == "trixie"


def test_packages_of_dpkg(tmp_path: Path) -> None:
    status = b"Package: b\nStatus: install ok installed\nVersion: 2\nArchitecture: all\n\n"
    status += b"Package: a\nStatus: deinstall ok not-installed\nVersion: 1\n\nPackage: c\n"
    found = profile(tmp_path, image({**DEBIAN, "var/lib/dpkg/status": status}, tmp_path))
    assert found.packages == (BasePackage("b", "2", "all"), BasePackage("c", "", ""))


def test_libraries_as_the_loader_finds_them(tmp_path: Path) -> None:
    cache = ldcache.write([ldcache.CacheEntry("libx.so", "/usr/local/lib/libx.so", ldcache.FLAGS["x86_64"])])
    content = {**DEBIAN, "etc/ld.so.cache": cache, "lib": "usr/lib", "usr/local/lib/libx.so": elf("libx.so")}
    found = profile(tmp_path, image(content, tmp_path))
    assert found.library_path == ("/usr/local/lib", "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib")
    damaged = profile(tmp_path, write_layout(tmp_path / "b", [tar(files({**content, "etc/ld.so.cache": b"x"}))]))
    assert "/usr/local/lib" not in damaged.library_path


def test_an_elf_file_that_cannot_be_read_is_no_library(tmp_path: Path) -> None:
    content = {**DEBIAN, "usr/lib/libcut.so": elf("libcut.so")[:100], "usr/lib/libx.so": elf("libx.so")}
    profile(tmp_path, image(content, tmp_path))
    assert [facts.path for facts in contents(tmp_path).elf] == ["usr/bin/python3.13", "usr/lib/libx.so"]


def test_what_a_later_layer_replaced_does_not_count(tmp_path: Path) -> None:
    later = tar([*files({"usr/lib/libx.so": b"text"}), member("usr/lib/.wh.liby.so")])
    content = {**DEBIAN, "usr/lib/libx.so": elf("libx.so"), "usr/lib/liby.so": elf("liby.so")}
    layout = write_layout(tmp_path / "layout", [tar(files(content)), later])
    profile(tmp_path, layout)
    assert [facts.path for facts in contents(tmp_path).elf] == ["usr/bin/python3.13"]
    assert [f.path for f in contents(tmp_path).files if f.path.startswith("usr/lib/lib")] == ["usr/lib/libx.so"]


def test_glibc_where_the_file_has_its_version_in_its_name(tmp_path: Path) -> None:
    banner = b"\nGNU C Library (Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.\nCopyright"
    content = {**DEBIAN, "lib/x86_64-linux-gnu/libc-2.31.so": elf("libc.so.6") + banner}
    content["lib/x86_64-linux-gnu/libc.so.6"] = "libc-2.31.so"
    assert profile(tmp_path, image(content, tmp_path)).glibc == "2.31"
