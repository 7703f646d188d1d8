"""`index`: images for several platforms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import index as main_index
from distroless_python.errors import ToolError
from distroless_python.formats.oci import OCI_INDEX, Layout
from support import layouts

LAYER = layouts.tar([(layouts.member("pure.py"), b"x")])


def index(directory: Path, images: list[str], **fields: Any) -> dict[str, Any]:
    """The index of images that their descriptors name."""
    manifest = {
        "index": str(directory / "index.json"),
        "descriptor": str(directory / "index.descriptor.json"),
        "digest_file": str(directory / "index.digest"),
        "label": "//app:index",
        "images": images,
        "annotations": {},
        **fields,
    }
    (directory / "manifest").write_text(json.dumps(manifest))
    assert main_index.main([str(directory / "manifest")]) == 0
    value: dict[str, Any] = json.loads((directory / "index.json").read_text())
    return value


def descriptor(directory: Path, name: str, architecture: str = "amd64") -> str:
    image = layouts.write_layout(directory / name, [LAYER], architecture=architecture).image()
    path = directory / f"{name}.descriptor.json"
    path.write_text(json.dumps({**image.json(), "platform": {"architecture": architecture, "os": "linux"}}))
    return str(path)


def test_index(tmp_path: Path) -> None:
    images = [descriptor(tmp_path, "one"), descriptor(tmp_path, "two", "arm64")]
    value = index(tmp_path, images, annotations={"a": "b"})
    content = (tmp_path / "index.json").read_bytes()
    assert (tmp_path / "index.digest").read_text() == layouts.sha256(content)
    assert json.loads((tmp_path / "index.descriptor.json").read_text()) == {
        "mediaType": OCI_INDEX,
        "digest": layouts.sha256(content),
        "size": len(content),
    }
    assert value["annotations"] == {"a": "b"}
    assert value["manifests"] == [json.loads(Path(image).read_text()) for image in images]
    assert [entry["platform"]["architecture"] for entry in value["manifests"]] == ["amd64", "arm64"]
    assert [entry["digest"] for entry in value["manifests"]] == [
        Layout(tmp_path / name).image().digest for name in ("one", "two")
    ]


def test_two_images_for_one_platform(tmp_path: Path) -> None:
    images = [descriptor(tmp_path, "one"), descriptor(tmp_path, "two")]
    with pytest.raises(ToolError, match=r"//app:index: .*linux/amd64"):
        index(tmp_path, images)
    assert not (tmp_path / "index.json").exists()
