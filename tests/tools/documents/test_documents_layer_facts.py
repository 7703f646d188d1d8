"""What is known of a layer and of its files, written and read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from distroless_python.documents.layer_contents import FileFacts, LayerContents, Script, UnreadableElf, write_known
from distroless_python.documents.layer_facts import Blob, Distribution, LayerFacts, Span
from distroless_python.errors import ToolError
from distroless_python.formats.elf import ElfFacts
from distroless_python.manifests.layers import LayerOutput

LAYER = LayerFacts(
    layer="wheel",
    name="demo",
    version="1.0",
    label="//:demo",
    blob=Blob("sha256:00", 10),
    diff_id="sha256:11",
    body=Span(1, 8),
    diff_body=Span(512, 1024),
    directories=("usr/",),
    files=2,
    unpacked=3,
    wheel=Distribution(tags=("py3-none-any",), entry_points={"a": "b:c"}, direct=True),
    bytecode=True,
)
CONTENTS = LayerContents(
    files=(FileFacts("usr/a", "file", 0o644, 3, "22"), FileFacts("usr/b", "link", 0o777, target="a")),
    elf=(
        ElfFacts("a.so", 32, "arm"),
        ElfFacts("b.so", 64, "x86_64", "b.so", ("libc.so.6",), ("/x",), (), {"libc.so.6": ("GLIBC_2.2.5",)}),
    ),
    unreadable=(UnreadableElf("c.so", "damaged"),),
    scripts=(Script("usr/local/bin/x", "/bin/sh"),),
    private_keys=("app/x.pem",),
    texts={"etc/os-release": "ID=debian\n"},
    glibc="2.41",
)


@pytest.mark.parametrize("wheel", [LAYER.wheel, None])
def test_facts_come_back(tmp_path: Path, wheel: Distribution | None) -> None:
    layer = dataclasses.replace(LAYER, wheel=wheel)
    layer.write(tmp_path / "x.json")
    assert LayerFacts.read(tmp_path / "x.json") == layer
    assert ("wheel" in json.loads((tmp_path / "x.json").read_text())) == (wheel is not None)


def test_contents_say_what_layer_they_are_of(tmp_path: Path) -> None:
    layer = dataclasses.replace(LAYER, directories=("opt/", "opt/empty/", "usr/"))
    output = LayerOutput("", str(tmp_path / "x.layer.json"), str(tmp_path / "x.contents.json"))
    write_known(layer, CONTENTS, output)
    assert LayerFacts.read(output.facts) == layer
    read = LayerContents.read(output.contents)
    assert (read.about, read.directories) == (layer.about, ("opt/", "opt/empty/"))


@pytest.mark.parametrize("contents", [CONTENTS, LayerContents()])
def test_contents_come_back(tmp_path: Path, contents: LayerContents) -> None:
    contents.write(tmp_path / "x.json")
    assert LayerContents.read(tmp_path / "x.json") == contents


def test_a_file_that_is_written_again_is_read_again(tmp_path: Path) -> None:
    LAYER.write(tmp_path / "x.json")
    assert LayerFacts.read(tmp_path / "x.json") is LayerFacts.read(tmp_path / "x.json")
    other = dataclasses.replace(LAYER, version="2.0")
    other.write(tmp_path / "x.json")
    assert LayerFacts.read(tmp_path / "x.json") == other


def test_what_is_written(tmp_path: Path) -> None:
    LAYER.write(tmp_path / "x.json")
    value = json.loads((tmp_path / "x.json").read_text())
    assert (value["kind"], value["format"], value["body"]) == ("layer", 2, {"offset": 1, "size": 8})
    assert value["wheel"] == {"tags": ["py3-none-any"], "entry_points": {"a": "b:c"}, "direct": True}
    CONTENTS.write(tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text())["files"] == [
        {"path": "usr/a", "type": "file", "mode": 0o644, "size": 3, "sha256": "22"},
        {"path": "usr/b", "type": "link", "mode": 0o777, "target": "a"},
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a layer document of format 2: it says list"),
        ('{"kind": "layer", "format": 1}', "is not a layer document of format 2: it says .*1"),
        ('{"kind": "contents", "format": 2}', "is not a layer document of format 2: it says .*contents"),
        ('{"kind": "layer", "format": 2}', "missing blob, body"),
    ],
)
def test_files_that_are_not_facts(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ToolError, match=rf"x\.json: {reason}"):
        LayerFacts.read(tmp_path / "x.json")
    with pytest.raises(ToolError, match=r"gone\.json: cannot be read"):
        LayerFacts.read(tmp_path / "gone.json")


@pytest.mark.parametrize("files", ["{}", "[{}]", '[{"path": "x", "odd": 1}]', "7"])
def test_listings_that_are_damaged(tmp_path: Path, files: str) -> None:
    (tmp_path / "x.json").write_text(f'{{"kind": "contents", "format": 2, "files": {files}, "elf": [{{}}]}}')
    with pytest.raises(ToolError, match=r"x\.json"):
        LayerContents.read(tmp_path / "x.json")
