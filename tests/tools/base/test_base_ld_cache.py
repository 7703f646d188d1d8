"""`ld-cache`: the cache of a base with packages added, compared with the real ldconfig's."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tarfile
from dataclasses import asdict
from pathlib import Path

import pytest

from distroless_python.actions import ld_cache as main_ld_cache
from distroless_python.actions import profile as main_profile
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.oci import Layout
from support.bases import build, lay_deb
from support.elfs import elf
from support.wheels import layer_output

LDCONFIG = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
ADDED: dict[str, dict[str, bytes | str]] = {
    "libglvnd0": {
        "usr/lib/x86_64-linux-gnu/libGLdispatch.so.0.0.0": elf("libGLdispatch.so.0", needed=["libc.so.6"]),
        "usr/lib/x86_64-linux-gnu/libGLdispatch.so.0": "libGLdispatch.so.0.0.0",
    },
    "vendor": {
        # Below /lib as packages of old have it, and in a directory of its own, which a file in ld.so.conf.d names.
        "lib/x86_64-linux-gnu/libold.so.1": elf("libold.so.1"),
        "opt/vendor/lib/libvendor.so.2": elf("libvendor.so.2"),
        "etc/ld.so.conf.d/vendor.conf": b"/opt/vendor/lib\n",
    },
}


def request(tmp_path: Path) -> tuple[Layout, Path]:
    """A base, what is known of it, packages' layers, and the manifest of `ld-cache`."""
    layout = build(tmp_path / "base")
    described = {key: str(tmp_path / f"{key}.json") for key in ("profile", "contents", "python")}
    about = {"layout": str(layout.path), "label": "@@x//:base", "described": described, "architecture": "amd64"}
    (tmp_path / "manifest").write_text(json.dumps(about))
    assert main_profile.main([str(tmp_path / "manifest")]) == 0
    layers = [lay_deb(tmp_path, name, "1.0-1", content) for name, content in ADDED.items()]
    cache: dict[str, object] = {"label": "@@x//app:image", "output": asdict(layer_output(tmp_path, "out"))}
    cache |= {"profile": described["profile"], "base": described["contents"]}
    (tmp_path / "manifest").write_text("\n".join(json.dumps(item) for item in (cache, {"layers": layers})))
    return layout, tmp_path / "manifest"


def entries(cache: bytes) -> list[tuple[str, str, str]]:
    return [(library.name, library.path, library.hwcaps) for library in ldcache.read(cache)]


def unpack(layer: Path, root: Path) -> None:
    with tarfile.open(layer) as archive:
        archive.extractall(root, filter="tar")


def test_a_layer_with_one_file_that_knows_base_and_packages(tmp_path: Path) -> None:
    _, manifest = request(tmp_path)
    assert main_ld_cache.main([str(manifest)]) == 0
    known = LayerFacts.read(tmp_path / "out.layer.json")
    assert (known.layer, known.name, known.version) == ("files", "image", "")
    listed = LayerContents.read(tmp_path / "out.contents.json").files
    assert [(file.path, file.mode) for file in listed] == [("etc/ld.so.cache", 0o644)]
    unpack(tmp_path / "out.layer.tar.gz", tmp_path / "root")
    found = {name: path for name, path, _ in entries((tmp_path / "root/etc/ld.so.cache").read_bytes())}
    assert found["libGLdispatch.so.0"].endswith("/lib/x86_64-linux-gnu/libGLdispatch.so.0")
    assert found["libvendor.so.2"] == "/opt/vendor/lib/libvendor.so.2"
    assert {"libc.so.6", "libz.so.1", "libold.so.1"} <= found.keys()


@pytest.mark.skipif(not LDCONFIG or platform.machine() != "x86_64", reason="needs ldconfig on x86-64")
def test_the_same_as_ldconfig(tmp_path: Path) -> None:
    layout, manifest = request(tmp_path)
    assert main_ld_cache.main([str(manifest)]) == 0
    root = tmp_path / "root"
    root.mkdir()
    for descriptor in layout.children(layout.image())[1:]:
        unpack(layout.blob(descriptor.digest), root)
    for name in ADDED:
        with tarfile.open(tmp_path / f"{name}.layer.tar.gz") as archive:
            for member in archive.getmembers():
                if not member.isdir():
                    archive.extract(member, root, filter="tar")
    unpack(tmp_path / "out.layer.tar.gz", root)
    ours = entries((root / "etc/ld.so.cache").read_bytes())
    assert LDCONFIG
    printed = subprocess.run(
        [LDCONFIG, "-p", "-C", str(root / "etc/ld.so.cache")], capture_output=True, check=True, text=True
    ).stdout
    assert all(f"{name} (" in printed and f"=> {path}" in printed for name, path, _ in ours)
    (root / "etc/ld.so.cache").unlink()
    subprocess.run([LDCONFIG, "-r", str(root), "-X"], check=True)
    assert entries((root / "etc/ld.so.cache").read_bytes()) == ours


def test_no_layer_is_read(tmp_path: Path) -> None:
    layout, manifest = request(tmp_path)
    shutil.rmtree(layout.path)
    for name in ADDED:
        (tmp_path / f"{name}.layer.tar.gz").unlink()
    assert main_ld_cache.main([str(manifest)]) == 0
