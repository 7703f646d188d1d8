"""`index`: images for several platforms."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import index as main_index
from distroless_python.errors import ToolError
from distroless_python.formats.oci import OCI_INDEX, Layout
from support import layouts

SHARED = layouts.tar([(layouts.member("pure.py"), b"x")])


def index(directory: Path, images: list[Layout], bases: Iterable[Layout] = (), **fields: Any) -> Layout:
    manifest = {
        "output": str(directory / "index"),
        "descriptor": str(directory / "index.json"),
        "digest_file": str(directory / "index.digest"),
        "label": "//app:index",
        "images": [str(image.path) for image in images],
        "bases": [str(base.path) for base in bases],
        **fields,
    }
    (directory / "manifest").write_text(json.dumps(manifest))
    assert main_index.main([str(directory / "manifest")]) == 0
    return Layout(directory / "index")


def test_index(tmp_path: Path) -> None:
    amd64 = layouts.write_layout(tmp_path / "amd64", [SHARED, layouts.tar([layouts.member("a")])])
    arm64 = layouts.write_layout(tmp_path / "arm64", [SHARED, layouts.tar([layouts.member("b")])], architecture="arm64")
    base = layouts.write_layout(tmp_path / "base", [SHARED])
    layout = index(tmp_path, [amd64, arm64], [base], annotations={"a": "b"})

    (root,) = layout.roots()
    assert root.media_type == OCI_INDEX
    assert (tmp_path / "index.digest").read_text() == root.digest
    assert json.loads((tmp_path / "index.json").read_text()) == {
        "mediaType": OCI_INDEX,
        "digest": root.digest,
        "size": root.size,
    }
    value = layout.read_json(root)
    assert value["annotations"] == {"a": "b"}
    assert [entry["platform"]["architecture"] for entry in value["manifests"]] == ["amd64", "arm64"]
    assert all("annotations" not in entry for entry in value["manifests"])
    blobs = list((layout.path / "blobs" / "sha256").iterdir())
    assert len(blobs) == 8  # index, 2 manifests, 2 configs, 3 layers
    shared = amd64.children(amd64.image())[1]
    assert [blob for blob in blobs if blob.is_symlink()] == [layout.blob(shared.digest)]
    assert layout.blob(shared.digest).resolve() == base.blob(shared.digest)
    for image in layout.images():
        assert all(layout.existing(blob) for blob in layout.children(image))


def test_an_index_of_indexes_is_flat(tmp_path: Path) -> None:
    amd64 = layouts.write_layout(tmp_path / "amd64", [SHARED])
    inner = index(tmp_path, [amd64])
    outer = tmp_path / "outer"
    outer.mkdir()
    assert [image.digest for image in index(outer, [inner]).images()] == [amd64.image().digest]


def test_two_images_for_one_platform(tmp_path: Path) -> None:
    images = [layouts.write_layout(tmp_path / name, [layouts.tar([layouts.member(name)])]) for name in ("one", "two")]
    with pytest.raises(ToolError, match=r"//app:index: images: both .*one and .*two are for linux/amd64"):
        index(tmp_path, images)


def test_an_index_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="an index of no images"):
        index(tmp_path, [])


def test_every_problem_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        index(tmp_path, [Layout(tmp_path / "no"), Layout(tmp_path / "nor")])
    assert len(caught.value.problems) == 3
    assert not (tmp_path / "index").exists()
