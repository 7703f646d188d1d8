"""`elf-facts` on layers that the real writer wrote."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.common.errors import ToolError
from distroless_python.layer.writer import LayerWriter
from distroless_python.verify.elf_facts import ElfDocument, ElfFacts, Script, UnreadableElf, read_document
from distroless_python.verify.main_elf_facts import main
from distroless_python.verify.scan import scan
from support.elfs import elf


def layer(path: Path, files: dict[str, bytes]) -> Path:
    writer = LayerWriter()
    for name, data in files.items():
        writer.add_file(name, 0o755, data)
    writer.add_link("usr/local/bin/link", "python3")
    writer.add_hardlink("usr/other", next(iter(files)), 0o755)
    stream = io.BytesIO()
    writer.finish(stream)
    path.write_bytes(stream.getvalue())
    return path


def test_everything_that_is_looked_for(tmp_path: Path) -> None:
    big = elf("libbig.so.1", needed=["libc.so.6"], padding=20 << 20)
    source = layer(
        tmp_path / "x.layer.tar.gz",
        {
            "usr/lib/libbig.so.1": big,
            "usr/lib/a.so": elf("a.so"),
            "usr/lib/damaged.so": elf("damaged.so")[:70],
            "usr/lib/object.o": elf(kind=1),
            "usr/local/bin/server": b"#!/usr/bin/python3.13 -I\nimport x\n",
            "usr/bin/spaced": b"#! /bin/sh\n",
            "usr/share/example": b"#!/bin/sh\n",
            "usr/local/bin/empty": b"",
            "app/key.pem": b"-----BEGIN EC PRIVATE KEY-----\nabc\n",
            "app/certificate.pem": b"-----BEGIN CERTIFICATE-----\nabc\n",
        },
    )
    (tmp_path / "manifest").write_text(json.dumps({"layer": str(source), "output": str(tmp_path / "x.elf.json")}))
    assert main([str(tmp_path / "manifest")]) == 0
    assert read_document(tmp_path / "x.elf.json") == ElfDocument(
        elf=(
            ElfFacts("usr/lib/a.so", 64, "x86_64", "a.so"),
            ElfFacts("usr/lib/libbig.so.1", 64, "x86_64", "libbig.so.1", ("libc.so.6",)),
        ),
        unreadable=(
            UnreadableElf(
                "usr/lib/damaged.so", "the program header table at offset 64, 168 bytes, ends after the file's 70"
            ),
        ),
        scripts=(Script("usr/bin/spaced", "/bin/sh"), Script("usr/local/bin/server", "/usr/bin/python3.13")),
        private_keys=("app/key.pem",),
    )


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"\x1f\x8b\x08\x00"])
def test_what_is_no_layer(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.layer.tar.gz"
    path.write_bytes(data)
    with pytest.raises(ToolError, match="not a layer"):
        scan(path)


@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_layer_is_an_expected_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = layer(tmp_path_factory.mktemp("layer") / "x", {"usr/lib/a.so": elf("a.so"), "usr/bin/x": b"#!/bin/sh\n"})
    data = bytearray(path.read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path.write_bytes(data)
    try:
        paths = {facts.path for facts in scan(path).elf}
    except ToolError:
        return
    assert len(paths) <= 1
