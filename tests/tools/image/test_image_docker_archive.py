"""`tarball`: a docker-archive that is an OCI layout too."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import tarball as main_tarball
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from support import layouts

LAYER = layouts.tar([(layouts.member("x"), b"x" * 5000)])


def tarball(directory: Path, image: Layout, name: str = "image.tar", **fields: Any) -> Path:
    manifest = {"output": str(directory / name), "label": "//app:load", **layouts.image_files(image)}
    manifest |= {"architecture": "arm64", **fields}
    (directory / "manifest").write_text(json.dumps(manifest))
    assert main_tarball.main([str(directory / "manifest")]) == 0
    return directory / name


def test_tarball(tmp_path: Path) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER, layouts.tar([]), LAYER])
    path = tarball(tmp_path, image, tags=["app", "example.com:5000/team/app:v1"])
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        content = {member.name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    assert [member.name for member in members][:3] == ["oci-layout", "index.json", "manifest.json"]
    assert len(content) == len(members) == 7  # and manifest, config, two layers: one is there twice
    assert {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in members} == {
        (0, 0, 0, "", 0o644)
    }
    for name, data in content.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(data).hexdigest()}"

    config, one, two, three = image.children(image.image())
    (docker,) = json.loads(content["manifest.json"])
    assert docker["RepoTags"] == ["app:latest", "example.com:5000/team/app:v1"]
    assert docker["Config"] == f"blobs/sha256/{config.hex}"
    assert docker["Layers"] == [f"blobs/sha256/{layer.hex}" for layer in (one, two, three)]
    assert one == three
    entries = json.loads(content["index.json"])["manifests"]
    assert {entry["digest"] for entry in entries} == {image.image().digest}
    assert [entry["annotations"] for entry in entries] == [
        {"io.containerd.image.name": "docker.io/library/app:latest", "org.opencontainers.image.ref.name": "latest"},
        {
            "io.containerd.image.name": "example.com:5000/team/app:v1",
            "org.opencontainers.image.ref.name": "v1",
        },
    ]


def test_names_from_files_and_stamping(tmp_path: Path) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER])
    (tmp_path / "tags").write_text("app:{STABLE_COMMIT}\napp:v1\n")
    (tmp_path / "status").write_text("STABLE_COMMIT abc\n")
    files: dict[str, Any] = {"tag_files": [str(tmp_path / "tags")], "status_files": [str(tmp_path / "status")]}
    with tarfile.open(tarball(tmp_path, image, tags=["app:v1"], **files)) as archive:
        (docker,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert docker["RepoTags"] == ["app:v1", "app:abc"]


def test_the_same_image_gives_the_same_tarball(tmp_path: Path) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER])
    one = tarball(tmp_path, image, "one.tar", tags=["app"])
    two = tarball(tmp_path, image, "two.tar", tags=["app"])
    assert one.read_bytes() == two.read_bytes()


def test_an_index_gives_the_image_of_the_platform_that_is_built_for(tmp_path: Path) -> None:
    images = [layouts.write_layout(tmp_path / name, [LAYER], architecture=name) for name in ("amd64", "arm64")]
    index = layouts.write_index(tmp_path / "index", images)
    for architecture in ("amd64", "arm64"):
        with tarfile.open(tarball(tmp_path, index, architecture=architecture, tags=["app"])) as archive:
            (docker,) = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        config = docker["Config"].rpartition("/")[2]
        assert json.loads(index.blob(f"sha256:{config}").read_bytes())["architecture"] == architecture
    with pytest.raises(ToolError, match="0 images for linux/riscv64 where one is needed"):
        tarball(tmp_path, index, architecture="riscv64")


def test_an_image_without_a_name(tmp_path: Path) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER])
    with tarfile.open(tarball(tmp_path, image)) as archive:
        member = archive.extractfile("index.json")
        assert member is not None
        assert len(json.load(member)["manifests"]) == 1


@pytest.mark.parametrize("name", ["App", "a b", "app:", "app:a/b", "-app", "app@sha256:00", ""])
def test_what_is_no_image_name(tmp_path: Path, name: str) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER])
    with pytest.raises(ToolError, match=r"//app:load: tags: .* is not a valid image name"):
        tarball(tmp_path, image, tags=[name])
    assert not (tmp_path / "image.tar").exists()


def test_a_missing_blob_leaves_no_half_tarball(tmp_path: Path) -> None:
    image = layouts.write_layout(tmp_path / "image", [LAYER])
    image.blob(image.children(image.image())[1].digest).unlink()
    with pytest.raises(ToolError, match="is missing"):
        tarball(tmp_path, image)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image", "image.descriptor.json", "manifest"]
