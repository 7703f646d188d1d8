"""What is seen in files while the real writer writes a layer of them."""

from __future__ import annotations

import io
import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.documents.elf_facts import (
    ElfDocument,
    ElfFacts,
    Script,
    UnreadableElf,
    read_document,
    write_document,
)
from distroless_python.layer.scan import Scanner
from distroless_python.layer.writer import LayerWriter
from support.elfs import elf
from support.properties import patient
from support.wheels import SITE, WheelSource, write_target

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
SEEN = ElfDocument(
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


def test_everything_that_is_looked_for(tmp_path: Path) -> None:
    writer = LayerWriter()
    for name, data in FILES.items():
        writer.add_file(name, 0o755, data)
    writer.add_link("usr/local/bin/link", "python3")
    writer.add_hardlink("usr/other", "usr/lib/a.so", 0o755)
    writer.finish(io.BytesIO())
    assert writer.scanner.document() == SEEN
    write_document(tmp_path / "x.elf.json", SEEN)
    assert read_document(tmp_path / "x.elf.json") == SEEN


@pytest.mark.parametrize("padding", [0, 1 << 16, 3 << 20])
def test_what_is_copied_without_compressing_it(tmp_path: Path, padding: int) -> None:
    library = elf("x.so") + random.Random(1).randbytes(padding)
    wheel = WheelSource(files={"x/x.so": library}).write(tmp_path)
    job = {"wheel": str(wheel), "label": "//:x", "profile": write_target(tmp_path)}
    outputs = {key: str(tmp_path / key) for key in ("output", "facts", "elf")}
    (tmp_path / "manifest").write_text(json.dumps({**job, **outputs}))
    assert main_wheel_layer.main([str(tmp_path / "manifest")]) == 0
    assert read_document(outputs["elf"]) == ElfDocument((ElfFacts(f"{SITE}/x/x.so", 64, "x86_64", "x.so"),))


@patient
@given(data=st.sampled_from(sorted(FILES)), cuts=st.lists(st.integers(0, 3000), max_size=5))
def test_pieces_are_as_good_as_the_whole(data: str, cuts: list[int]) -> None:
    whole, passing = Scanner(), Scanner()
    content = FILES[data]
    whole.whole(data, content)
    watch = passing.watch(data)
    places = [0, *sorted(cuts), len(content)]
    for start, end in zip(places, places[1:]):
        watch.feed(content[start:end])
    watch.close()
    assert passing.document() == whole.document()
