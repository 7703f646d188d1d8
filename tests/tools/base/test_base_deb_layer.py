"""`deb-layer`: a package's layer, listed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import deb_layer as main_deb_layer
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import ToolError
from support.debs import Item, control_paragraph, deb, files
from support.layouts import member
from support.wheels import layer_output

CONTENT: dict[str, bytes | str] = {
    "etc/x.conf": b"setting\n",
    "usr/bin/x": b"\x7fELF program",
    "lib/x86_64-linux-gnu/libx.so.1.0": b"library",
    "lib/x86_64-linux-gnu/libx.so.1": "libx.so.1.0",
    "usr/share/doc/x/copyright": b"(c)\n",
    "usr/share/doc/x/changelog.gz": b"many words",
    "usr/share/man/man1/x.1.gz": b"even more",
    "var/lib/x/": b"",
}


def build(directory: Path, content: bytes, **more: Any) -> tuple[bytes, LayerFacts]:
    """Runs `deb-layer`; returns the layer and its facts."""
    (directory / "x.deb").write_bytes(content)
    request = {
        "deb": str(directory / "x.deb"),
        "output": asdict(layer_output(directory)),
        "sha256": None,
        "label": "@@x//:layer",
        "name": "x",
        "version": "1.0-1",
        **more,
    }
    (directory / "manifest").write_text(json.dumps(request))
    assert main_deb_layer.main([str(directory / "manifest")]) == 0
    return (directory / "x.layer.tar.gz").read_bytes(), LayerFacts.read(directory / "x.layer.json")


def contents(directory: Path) -> LayerContents:
    return LayerContents.read(directory / "x.contents.json")


def entries(layer: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return archive.getmembers()


def content_of(layer: bytes, path: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        content = archive.extractfile(path)
        assert content is not None
        return content.read()


def test_golden_listing(tmp_path: Path) -> None:
    layer, known = build(tmp_path, deb("x", data=files(CONTENT)))
    kinds = {tarfile.DIRTYPE: "d", tarfile.REGTYPE: "-", tarfile.SYMTYPE: "l", tarfile.LNKTYPE: "h"}
    listed = [
        f"{kinds[e.type]} {e.mode:04o} {e.size:3} {e.name}{f' -> {e.linkname}' if e.linkname else ''}"
        for e in entries(layer)
    ]
    assert listed == [
        "d 0755   0 etc",
        "d 0755   0 usr",
        "d 0755   0 usr/bin",
        "d 0755   0 usr/lib",
        "d 0755   0 usr/lib/x86_64-linux-gnu",
        "d 0755   0 usr/share",
        "d 0755   0 usr/share/doc",
        "d 0755   0 usr/share/doc/x",
        "d 0755   0 var",
        "d 0755   0 var/lib",
        "d 0755   0 var/lib/dpkg",
        "d 0755   0 var/lib/dpkg/status.d",
        "d 0755   0 var/lib/x",
        "l 0777   0 usr/lib/x86_64-linux-gnu/libx.so.1 -> libx.so.1.0",
        "- 0755  12 usr/bin/x",
        "- 0644   4 usr/share/doc/x/copyright",
        "- 0644 126 var/lib/dpkg/status.d/x",
        "- 0644   7 usr/lib/x86_64-linux-gnu/libx.so.1.0",
        "- 0644   8 etc/x.conf",
        "- 0644 220 var/lib/dpkg/status.d/x.md5sums",
    ]
    assert {(e.mtime, e.uid, e.gid, e.uname, e.gname) for e in entries(layer)} == {(0, 0, 0, "", "")}
    assert (known.layer, known.name, known.version, known.label) == ("deb", "x", "1.0-1", "@@x//:layer")
    assert known.blob.digest == f"sha256:{hashlib.sha256(layer).hexdigest()}"
    assert known.diff_id == f"sha256:{hashlib.sha256(gzip.decompress(layer)).hexdigest()}"


def test_what_scanners_read(tmp_path: Path) -> None:
    layer, _ = build(tmp_path, deb("x", data=files(CONTENT)))
    assert content_of(layer, "var/lib/dpkg/status.d/x").decode() == control_paragraph("x", "1.0-1")
    sums = content_of(layer, "var/lib/dpkg/status.d/x.md5sums").decode().splitlines()
    assert [line.split("  ") for line in sums] == [
        [hashlib.md5(content).hexdigest(), path]
        for path, content in [
            ("etc/x.conf", b"setting\n"),
            ("usr/bin/x", b"\x7fELF program"),
            ("usr/lib/x86_64-linux-gnu/libx.so.1.0", b"library"),
            ("usr/share/doc/x/copyright", b"(c)\n"),
        ]
    ]


def test_modes_and_hard_links(tmp_path: Path) -> None:
    data: list[Item] = [
        member("tmp", tarfile.DIRTYPE, mode=0o1777),
        member("root", tarfile.DIRTYPE, mode=0o700),
        member("var/local", tarfile.DIRTYPE, mode=0o2775, gid=50),
        (member("usr/bin/su", mode=0o4755), b"setuid"),
        member("usr/bin/sg", tarfile.LNKTYPE, linkname="./usr/bin/su", mode=0o4755),
        (member("etc/secret", mode=0o600, uid=1000), b"of nobody"),
        (member("usr/share/doc/x/example", mode=0o755), b"left out"),
        member("usr/bin/example", tarfile.LNKTYPE, linkname="./usr/share/doc/x/example", mode=0o755),
    ]
    layer, _ = build(tmp_path, deb("x", data=data, md5sums=False))
    found = {entry.name: entry for entry in entries(layer)}
    modes = ("tmp", "root", "var/local", "usr/bin/su", "usr/bin/sg", "etc/secret", "usr/bin/example")
    assert [oct(found[name].mode) for name in modes] == ["0o1777", "0o700", "0o755", "0o755", "0o755", "0o644", "0o755"]
    assert found["usr/bin/sg"].islnk()
    assert found["usr/bin/sg"].linkname == "usr/bin/su"
    assert content_of(layer, "usr/bin/example") == b"left out"
    assert {entry.uid for entry in found.values()} == {0}
    assert [(f.path, f.target) for f in contents(tmp_path).files if f.type == "hardlink"] == [
        ("usr/bin/sg", "usr/bin/su")
    ]


def test_certificates_become_one_file(tmp_path: Path) -> None:
    content: dict[str, bytes | str] = {
        "usr/share/ca-certificates/mozilla/B.crt": b"-----B-----\n",
        "usr/share/ca-certificates/mozilla/A.crt": b"-----A-----",
        "usr/sbin/update-ca-certificates": b"#!/bin/sh\n",
        "etc/ca-certificates/update.d/": b"",
        "usr/share/doc/ca-certificates/copyright": b"(c)",
    }
    layer, _ = build(tmp_path, deb("ca-certificates", data=files(content)), name="ca-certificates")
    assert content_of(layer, "etc/ssl/certs/ca-certificates.crt") == b"-----A-----\n-----B-----\n"
    assert [file.path for file in contents(tmp_path).files] == [
        "etc/ssl/certs/ca-certificates.crt",
        "usr/share/doc/ca-certificates/copyright",
        "var/lib/dpkg/status.d/ca-certificates",
        "var/lib/dpkg/status.d/ca-certificates.md5sums",
    ]


def test_the_same_package_gives_the_same_bytes_however_it_is_compressed(tmp_path: Path) -> None:
    first, _ = build(tmp_path, deb("x", data=files(CONTENT), compression=".gz"))
    second, _ = build(tmp_path, deb("x", data=files(CONTENT)))
    assert first == second


def test_what_is_not_the_package_that_was_asked_for(tmp_path: Path) -> None:
    content = deb("x", "1.0-1")
    with pytest.raises(ToolError) as caught:
        build(tmp_path, content, name="y", version="2")
    assert [(p.member, p.reason) for p in caught.value.problems] == [
        ("control", "Package is 'x', not 'y'"),
        ("control", "Version is '1.0-1', not '2'"),
    ]
    with pytest.raises(ToolError, match=r"x\.deb: its SHA-256 is [0-9a-f]{64}, not 0+\n.*lock again"):
        build(tmp_path, content, sha256="0" * 64)
    assert build(tmp_path, content, sha256=hashlib.sha256(content).hexdigest())


def test_a_hostile_package_leaves_nothing(tmp_path: Path) -> None:
    data: list[Item] = [
        (member("../../etc/passwd"), b"x"),
        member("dev/sda", tarfile.BLKTYPE),
        (member("usr/bin/x"), b"x"),
    ]
    with pytest.raises(ToolError) as caught:
        build(tmp_path, deb("x", data=data))
    assert [problem.member for problem in caught.value.problems] == ["../../etc/passwd", "dev/sda"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest", "x.deb"]
