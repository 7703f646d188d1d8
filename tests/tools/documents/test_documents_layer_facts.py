"""Facts, written and read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from distroless_python.documents import layer_facts as facts
from distroless_python.documents.layer_facts import Blob, FileFacts, LayerFacts, Span, WheelFacts
from distroless_python.errors import ToolError

LAYER = LayerFacts(
    kind="wheel",
    name="demo",
    version="1.0",
    label="//:demo",
    blob=Blob("sha256:00", 10),
    diff_id="sha256:11",
    body=Span(1, 8),
    diff_body=Span(512, 1024),
    directories=("usr/",),
    files=(FileFacts("usr/a", "file", 0o644, 3, "22"), FileFacts("usr/b", "link", 0o777, target="a")),
    wheel=WheelFacts(tags=("py3-none-any",), console_scripts={"a": "b:c"}, direct=True),
    bytecode="base",
)


@pytest.mark.parametrize("wheel", [LAYER.wheel, None])
def test_facts_come_back(tmp_path: Path, wheel: WheelFacts | None) -> None:
    layer = dataclasses.replace(LAYER, wheel=wheel)
    facts.write(tmp_path / "x.json", layer)
    assert facts.read(tmp_path / "x.json") == layer
    assert ("wheel" in json.loads((tmp_path / "x.json").read_text())) == (wheel is not None)


def test_what_is_written(tmp_path: Path) -> None:
    facts.write(tmp_path / "x.json", LAYER)
    value = json.loads((tmp_path / "x.json").read_text())
    assert value["format"] == 1
    assert value["files"] == [
        {"path": "usr/a", "type": "file", "mode": 0o644, "size": 3, "sha256": "22"},
        {"path": "usr/b", "type": "link", "mode": 0o777, "target": "a"},
    ]
    assert value["body"] == {"offset": 1, "size": 8}
    assert value["wheel"]["console_scripts"] == {"a": "b:c"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "no layer facts of format 1"),
        ('{"format": 2}', "no layer facts of format 1"),
        ('{"format": 1}', "missing blob, body"),
    ],
)
def test_files_that_are_no_facts(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ToolError, match=rf"x\.json: {reason}"):
        facts.read(tmp_path / "x.json")
    with pytest.raises(ToolError, match=r"gone\.json: cannot be read"):
        facts.read(tmp_path / "gone.json")
