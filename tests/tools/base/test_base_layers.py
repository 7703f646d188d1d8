"""Bases in few layers: packages' bytes are copied, and a security update changes one of them."""

from __future__ import annotations

import json
from pathlib import Path

from distroless_python.actions import base as main_base
from distroless_python.actions import layer_group
from distroless_python.base.image_reader import lay_all, read_image
from distroless_python.base.inspect import look
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.formats.oci import Layout
from support.bases import PACKAGES, base_manifest, described, layer_files
from support.elfs import elf

PYTHON = ("python3.11-minimal", "libpython3.11-stdlib")
GROUPS = {
    "system": ("base-files", "libc6", "libc-bin", "zlib1g"),
    "python": PYTHON,
    "tls": ("ca-certificates", "libssl3"),
}
SSL = "usr/lib/x86_64-linux-gnu/libssl.so.3"


def packages(ssl: bytes) -> dict[str, dict[str, bytes | str]]:
    return {**PACKAGES, "libssl3": {SSL: elf("libssl.so.3", needed=["libc.so.6"]) + ssl}}


def build(directory: Path, ssl: bytes, grouped: bool) -> BaseProfile:
    """The profile of a base, whose layers are read as any reader would: against their digests."""
    manifest = base_manifest(directory, packages(ssl))
    joined = []
    for group, names in GROUPS.items() if grouped else ():
        output = layer_files(directory, group)
        parts = [layer_files(directory, name) for name in names]
        request = {"layers": parts, "output": output, "label": "//:base", "title": group}
        (directory / "group").write_text(json.dumps(request))
        assert layer_group.main([str(directory / "group")]) == 0
        joined.append(output)
    with manifest.open("a") as stream:
        stream.write("\n" + json.dumps({"joined": joined}))
    assert main_base.main([str(manifest)]) == 0
    layout = Layout(directory / "layout")
    tree = lay_all(layout, read_image(layout, "amd64"), look)
    assert tree.find(SSL)
    return BaseProfile.read(described(directory)["profile"])


def uploaded(before: BaseProfile, after: BaseProfile) -> list[str]:
    """The titles of layers that a registry does not have yet."""
    known = {layer.digest for layer in before.layers}
    titles = [entry["created_by"] for entry in after.config["history"]]
    return [title for layer, title in zip(after.layers, titles) if layer.digest not in known]


def test_a_grouped_base_is_the_same_base(tmp_path: Path) -> None:
    alone, grouped = build(tmp_path / "alone", b"1", False), build(tmp_path / "grouped", b"1", True)
    assert grouped.packages == alone.packages  # what scanners read is where it was
    assert grouped.python == alone.python
    assert (tmp_path / "grouped/contents.json").read_bytes() == (tmp_path / "alone/contents.json").read_bytes()
    assert len(alone.layers) == len(PACKAGES) + 3
    assert len(grouped.layers) == len(GROUPS) + 2


def test_a_security_update_uploads_one_layer(tmp_path: Path) -> None:
    for grouped, title in ((False, "libssl3 1.0-1"), (True, "tls: ca-certificates 1.0-1, libssl3 1.0-1")):
        before = build(tmp_path / f"before{grouped}", b"1", grouped)
        after = build(tmp_path / f"after{grouped}", b"22", grouped)
        assert uploaded(before, after) == [title]
