"""`load`, into engines that are scripts."""

from __future__ import annotations

import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import load as main_load
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from support import layouts

ENGINE = """
import json, pathlib, shutil, sys
state = pathlib.Path(sys.argv[0] + ".state")
settings = json.loads((state / "settings.json").read_text())
command = sys.argv[1:]
if command[0] == "info":
    print(settings.get("architecture", "x86_64"))
    sys.exit(settings.get("down"))
if command[:2] == ["image", "ls"]:
    print(*("sha256:%d" % i for i in range(len(settings["images"]))), sep="\\n")
elif command[:2] == ["image", "inspect"]:
    print(*map(json.dumps, settings["images"]), sep="\\n")
elif command == ["load"]:
    number = len(list(state.glob("load*")))
    with open(state / ("load%d.tar" % number), "wb") as stream:
        shutil.copyfileobj(sys.stdin.buffer, stream)
    if number < settings.get("failures", 0):
        sys.exit("no space left on device")
    print("Loaded image: what the engine says")
"""
Engine = Callable[..., Path]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Installs an engine; returns the directory with what was loaded into it."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CONTAINER_TOOL", raising=False)

    def install(name: str = "docker", **settings: Any) -> Path:
        program = tmp_path / "bin" / name
        program.write_text(f"#!{sys.executable} -I\n{ENGINE}")
        program.chmod(0o755)
        state = tmp_path / "bin" / f"{name}.state"
        state.mkdir()
        (state / "settings.json").write_text(json.dumps({"images": [], **settings}))
        return state

    return install


@pytest.fixture
def image(tmp_path: Path) -> Layout:
    return layouts.write_layout(tmp_path / "image", [layouts.tar([layouts.member(name)]) for name in "abc"])


def load(image: Layout, *arguments: str, **fields: Any) -> int:
    manifest = {
        "label": "//app:load",
        "tags": ["app"],
        "tarball": "bazel build x",
        **layouts.image_files(image),
        **fields,
    }
    path = image.path.parent / "load.json"
    path.write_text(json.dumps(manifest))
    return main_load.main([str(path), *arguments])


def blobs(archive: Path) -> set[str]:
    with tarfile.open(archive) as tar:
        return {f"sha256:{Path(name).name}" for name in tar.getnames() if name.startswith("blobs/")}


def tags(archive: Path) -> list[str]:
    with tarfile.open(archive) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        found: list[str] = json.load(member)[0]["RepoTags"]
        return found


def test_load(engine: Engine, image: Layout, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state = engine("docker")
    engine("podman")
    (tmp_path / "tags").write_text("app:{VERSION}\n")
    (tmp_path / "status").write_text("VERSION 7\n")
    assert load(image, tag_files=[str(tmp_path / "tags")], status_files=[str(tmp_path / "status")]) == 0
    assert tags(state / "load0.tar") == ["app:latest", "app:7"]
    assert len(blobs(state / "load0.tar")) == 5
    assert capsys.readouterr().out == "Loaded image: what the engine says\n"


def test_the_command_lines_tags_win(engine: Engine, image: Layout) -> None:
    state = engine()
    load(image, "--tag", "b:v1", "--tag", "c")
    assert tags(state / "load0.tar") == ["b:v1", "c:latest"]


def test_an_engine_can_be_asked_for(engine: Engine, image: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    docker, podman = engine("docker"), engine("podman")
    monkeypatch.setenv("CONTAINER_TOOL", "podman")
    load(image)
    assert not list(docker.glob("load*"))
    assert list(podman.glob("load*"))


def test_an_engine_that_is_down_is_passed_over(engine: Engine, image: Layout) -> None:
    engine("docker", down="Cannot connect to the Docker daemon")
    podman = engine("podman")
    load(image)
    assert list(podman.glob("load*"))


def test_no_engine(engine: Engine, image: Layout) -> None:
    engine("docker", down="Cannot connect to the Docker daemon")
    with pytest.raises(ToolError) as caught:
        load(image)
    assert str(caught.value).startswith(
        "error: //app:load: no container engine takes the image "
        "(docker: Cannot connect to the Docker daemon; podman: not on the PATH)"
    )
    assert "for `docker load`: bazel build x" in str(caught.value)


def diff_ids(image: Layout) -> list[str]:
    found: list[str] = image.read_json(image.children(image.image())[0])["rootfs"]["diff_ids"]
    return found


def test_docker_gets_the_layers_that_it_lacks(engine: Engine, image: Layout) -> None:
    a, b, c = diff_ids(image)
    state = engine(images=[[a], [a, b, "sha256:other"], ["sha256:other", b, c]])
    load(image)
    _, *layers = image.children(image.image())
    sent = blobs(state / "load0.tar")
    assert [layer.digest in sent for layer in layers] == [False, False, True]


def test_a_layer_that_is_needed_again_is_sent(engine: Engine, tmp_path: Path) -> None:
    same = layouts.tar([layouts.member("a")])
    image = layouts.write_layout(tmp_path / "image", [same, same])
    state = engine(images=[[layouts.sha256(same)]])
    load(image)
    assert image.children(image.image())[1].digest in blobs(state / "load0.tar")


def test_all_is_sent_where_that_is_not_enough(engine: Engine, image: Layout) -> None:
    state = engine(images=[diff_ids(image)], failures=1)
    assert load(image) == 0
    assert len(blobs(state / "load0.tar")) == 2
    assert len(blobs(state / "load1.tar")) == 5


def test_podman_gets_all(engine: Engine, image: Layout) -> None:
    state = engine("podman", images=[diff_ids(image)], architecture="amd64")
    load(image)
    assert len(blobs(state / "load0.tar")) == 5


def test_an_engine_that_fails(engine: Engine, image: Layout) -> None:
    engine(failures=9)
    with pytest.raises(ToolError, match="docker load failed: no space left on device"):
        load(image)


@pytest.mark.parametrize(("architecture", "expected"), [("aarch64", "arm64"), ("x86_64", "amd64")])
def test_of_several_platforms_the_engines(engine: Engine, tmp_path: Path, architecture: str, expected: str) -> None:
    images = {
        name: layouts.write_layout(tmp_path / name, [layouts.tar([layouts.member(name)])], architecture=name)
        for name in ("amd64", "arm64")
    }
    index = layouts.write_index(tmp_path / "index", images.values())
    state = engine(architecture=architecture)
    load(index)
    assert images[expected].image().digest in blobs(state / "load0.tar")


def test_without_a_name(engine: Engine, image: Layout) -> None:
    engine()
    with pytest.raises(ToolError, match="//app:load: tags: the image has no name"):
        load(image, tags=[])


def test_a_name_that_is_none(engine: Engine, image: Layout) -> None:
    state = engine()
    with pytest.raises(ToolError, match="'App' is not a valid image name"):
        load(image, "--tag", "App")
    assert not list(state.glob("load*"))
