"""What is seen in files while the real writer writes a layer of them."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.documents.layer_contents import LayerContents, Script, UnreadableElf
from distroless_python.formats.elf import ElfFacts
from distroless_python.layer.scan import Scanner
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.layers import WheelLayerManifest
from support.elfs import elf
from support.properties import patient
from support.wheels import SITE, WheelSource, layer_output, write_target

FILES = {
    "usr/lib/libbig.so.1": elf("libbig.so.1", needed=["libc.so.6"], padding=20 << 20),
    "usr/lib/a.so": elf("a.so"),
    "usr/lib/damaged.so": elf("damaged.so")[:70],
    "usr/lib/object.o": elf(kind=1),
    "usr/local/bin/server": b"#!/usr/bin/python3.13 -I\nimport x\n",
    "usr/bin/spaced": b"#! /bin/sh\n",
    "usr/bin/large": b"#!/bin/sh\n" + b"true\n" * (1 << 20),
    "usr/bin/nothing": b"#!",
    "usr/bin/carriage": b"#!/usr/bin/python3.13\r\nx\r\n",
    "usr/bin/endless": b"#!" + b"/" * 254 + b"bin/sh\n",
    "usr/share/example": b"#!/bin/sh\n",
    "usr/local/bin/empty": b"",
    "app/key.pem": b"-----BEGIN EC PRIVATE KEY-----\nabc\n",
    "app/certificate.pem": b"-----BEGIN CERTIFICATE-----\nabc\n",
}
SEEN = LayerContents(
    elf=(
        ElfFacts("usr/lib/a.so", 64, "x86_64", "a.so"),
        ElfFacts("usr/lib/libbig.so.1", 64, "x86_64", "libbig.so.1", ("libc.so.6",)),
    ),
    unreadable=(
        UnreadableElf(
            "usr/lib/damaged.so", "the program header table at offset 64, 168 bytes, ends after the file's 70"
        ),
    ),
    scripts=(
        Script("usr/bin/carriage", "/usr/bin/python3.13\r"),
        Script("usr/bin/endless", "/" * 254),
        Script("usr/bin/large", "/bin/sh"),
        Script("usr/bin/spaced", "/bin/sh"),
        Script("usr/local/bin/server", "/usr/bin/python3.13"),
    ),
    private_keys=("app/key.pem",),
)


def test_everything_that_is_looked_for() -> None:
    writer = LayerWriter()
    for name, data in FILES.items():
        writer.add_file(name, 0o755, data)
    writer.add_link("usr/local/bin/link", "python3")
    writer.add_hardlink("usr/other", "usr/lib/a.so", 0o755)
    writer.finish(io.BytesIO())
    contents = writer.contents()
    assert replace(contents, files=()) == SEEN
    assert {file.path for file in contents.files} == {*FILES, "usr/local/bin/link", "usr/other"}


@pytest.mark.parametrize("padding", [0, 1 << 16, 3 << 20])
def test_what_is_copied_without_compressing_it(tmp_path: Path, padding: int) -> None:
    library = elf("x.so") + random.Random(1).randbytes(padding)
    wheel = WheelSource(files={"x/x.so": library}).write(tmp_path)
    output = layer_output(tmp_path)
    main_wheel_layer.build(WheelLayerManifest(str(wheel), output, write_target(tmp_path), "//:x", False, None, None))
    assert LayerContents.read(output.contents).elf == (ElfFacts(f"{SITE}/x/x.so", 64, "x86_64", "x.so"),)


@patient
@given(data=st.sampled_from(sorted(FILES)), cuts=st.lists(st.integers(0, 3000), max_size=5))
def test_pieces_are_as_good_as_the_whole(data: str, cuts: list[int]) -> None:
    whole, passing = Scanner(), Scanner()
    content = FILES[data]
    whole.whole(data, content)
    watch = passing.watch(data, len(content))
    places = [0, *sorted(cuts), len(content)]
    for start, end in zip(places, places[1:]):
        watch.feed(content[start:end])
    watch.close()
    assert passing.contents(()) == whole.contents(())


TEXTS = {
    "etc/os-release": b"ID=debian\n",
    "etc/ld.so.conf.d/x.conf": b"/opt/lib\n",
    "var/lib/dpkg/status.d/libc6": b"Package: libc6\n",
    "var/lib/dpkg/status.d/libc6.md5sums": b"0  x\n",
    "usr/lib/python3.13/site.py": b"'dist-packages'\n" + bytes(2000),
    "usr/lib/python3.13/os.py": b"",
}


def test_what_says_what_a_system_is_is_kept_whole() -> None:
    writer = LayerWriter()
    for name, data in TEXTS.items():
        writer.add_file(name, 0o644, data)
    banner = b"GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\n"
    writer.add_file("usr/lib/x86_64-linux-gnu/libc.so.6", 0o755, elf("libc.so.6", padding=2 << 20) + banner)
    writer.finish(io.BytesIO())
    contents = writer.contents()
    kept = ("etc/ld.so.conf.d/x.conf", "etc/os-release", "usr/lib/python3.13/site.py", "var/lib/dpkg/status.d/libc6")
    assert contents.texts == {name: TEXTS[name].decode() for name in kept}
    assert contents.glibc == "2.41"
