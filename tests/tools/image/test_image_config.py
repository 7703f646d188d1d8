"""The image config over a base's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from distroless_python.documents.base_profile import BaseLayer, BaseProfile, Release
from distroless_python.documents.layer_facts import Blob, LayerFacts, Span, Written
from distroless_python.errors import ToolError
from distroless_python.image.config import check, image_config
from distroless_python.manifests.image import ImageManifest
from support.wheels import TARGET

BASE: dict[str, Any] = {
    "architecture": "arm64",
    "os": "linux",
    "config": {
        "Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8"],
        "Entrypoint": ["/usr/bin/python3.13"],
        "Cmd": ["-V"],
        "User": "0",
        "WorkingDir": "/home/nonroot",
        "Labels": {"a": "base", "b": "base"},
        "ExposedPorts": {"80/tcp": {}},
        "StopSignal": "SIGTERM",
        "Volumes": {"/data": {}},
    },
    "history": [{"created_by": "one"}, {"created_by": "nothing", "empty_layer": True}],
}
PROFILE = BaseProfile(
    architecture="arm64",
    os="linux",
    variant="v8",
    python=TARGET,
    stdlib="/usr/lib/python3.13",
    abi="cp313",
    glibc="2.41",
    loader="",
    release=Release(),
    end_of_life="",
    manifest="sha256:manifest",
    layers=(BaseLayer("sha256:blob", 1, "x", "sha256:base"),),
    config=BASE,
    library_path=(),
)


def manifest(**fields: Any) -> ImageManifest:
    return ImageManifest("", "", "", "", "//app:image", "", (), **fields)


def layer(kind: str, name: str, version: str) -> LayerFacts:
    span = Span(0, 0)
    written = Written(Blob("", 0), f"sha256:{name}", span, span, (), 0, 0)
    return LayerFacts.of(written, layer=kind, name=name, version=version, label="//:x")


def config(profile: BaseProfile = PROFILE, **fields: Any) -> dict[str, Any]:
    layers = [layer("wheel", "django", "5.2.8"), layer("app", "app", "")]
    return image_config(manifest(**fields), profile, ["/usr/local/bin/gunicorn"], layers)


def test_what_is_not_said_is_the_bases() -> None:
    assert config() == {
        "architecture": "arm64",
        "os": "linux",
        "variant": "v8",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            "Entrypoint": ["/usr/local/bin/gunicorn"],
            "Env": ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"],
            "ExposedPorts": {"80/tcp": {}},
            "Labels": {"a": "base", "b": "base"},
            "StopSignal": "SIGTERM",
            "User": "65532",
            "Volumes": {"/data": {}},
            "WorkingDir": "/home/nonroot",
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:base", "sha256:django", "sha256:app"]},
        "history": [
            {"created_by": "one"},
            {"created_by": "nothing", "empty_layer": True},
            {"created": "1970-01-01T00:00:00Z", "created_by": "rules_distroless_python: django 5.2.8"},
            {"created": "1970-01-01T00:00:00Z", "created_by": "rules_distroless_python: app"},
        ],
    }


def test_what_is_said_wins() -> None:
    execution = config(
        args=("--bind", "0.0.0.0:8000"),
        env={"LANG": "de_DE.UTF-8", "B": "2", "A": "1"},
        user="nonroot",
        workdir="/app",
        labels={"b": "own"},
        exposed_ports=("8000", "53/udp"),
        stop_signal="SIGINT",
    )["config"]
    assert execution["Cmd"] == ["--bind", "0.0.0.0:8000"]
    assert execution["Env"] == ["PATH=/usr/bin:/bin", "LANG=de_DE.UTF-8", "A=1", "B=2", "PYTHONUNBUFFERED=1"]
    assert execution["User"] == "nonroot"
    assert execution["WorkingDir"] == "/app"
    assert execution["Labels"] == {"a": "base", "b": "own"}
    assert execution["ExposedPorts"] == {"80/tcp": {}, "8000/tcp": {}, "53/udp": {}}
    assert execution["StopSignal"] == "SIGINT"


@pytest.mark.parametrize(
    ("env", "expected"),
    [({}, "/app/_main:/app/other/src"), ({"PYTHONPATH": "/opt"}, "/app/_main:/app/other/src:/opt")],
)
def test_imports_come_before_the_users_pythonpath(env: dict[str, str], expected: str) -> None:
    variables = config(imports=("/app/_main", "/app/other/src"), env=env)["config"]["Env"]
    assert f"PYTHONPATH={expected}" in variables


def test_what_is_printed_is_not_kept_back_unless_asked() -> None:
    assert config()["config"]["Env"] == ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"]
    assert "PYTHONUNBUFFERED=" in config(env={"PYTHONUNBUFFERED": ""})["config"]["Env"]
    base = {**BASE, "config": {**BASE["config"], "Env": ["PYTHONUNBUFFERED=0"]}}
    assert config(replace(PROFILE, config=base))["config"]["Env"] == ["PYTHONUNBUFFERED=0"]


def test_volumes_are_added_to_the_bases() -> None:
    assert config(volumes=("/cache/", "/data"))["config"]["Volumes"] == {"/cache": {}, "/data": {}}


def test_a_history_that_does_not_fit_the_layers_is_made_up() -> None:
    history = config(replace(PROFILE, config={**BASE, "history": []}))["history"]
    assert [entry["created_by"].rpartition(": ")[2] for entry in history] == ["base image", "django 5.2.8", "app"]


@pytest.mark.parametrize(
    ("fields", "members"),
    [
        ({"env": {"A=B": ""}}, ["env"]),
        ({"user": "no body"}, ["user"]),
        ({"workdir": "app"}, ["workdir"]),
        ({"exposed_ports": ("0",)}, ["exposed_ports"]),
        ({"exposed_ports": ("65536", "80/icmp")}, ["exposed_ports", "exposed_ports"]),
        ({"stop_signal": "TERM"}, ["stop_signal"]),
        ({"volumes": ("data", "/", "/a/../b", "/ok")}, ["volumes", "volumes", "volumes"]),
        ({"layer_limit": 126}, ["layer_limit"]),
        ({"layer_limit": 0, "workdir": "x"}, ["workdir", "layer_limit"]),
    ],
)
def test_values_that_no_engine_takes(fields: dict[str, Any], members: list[str]) -> None:
    with pytest.raises(ToolError) as caught:
        check(manifest(**fields))
    assert [problem.member for problem in caught.value.problems] == members
    assert all(problem.subject == "//app:image" and problem.remedy for problem in caught.value.problems)


def test_values_that_engines_take() -> None:
    check(manifest(env={"A": "="}, user="65532:65532", workdir="/", exposed_ports=("1", "65535/sctp"), stop_signal="9"))


def test_a_gpu_is_asked_for() -> None:
    asked = config(gpu="nvidia", env={"NVIDIA_VISIBLE_DEVICES": "0"})["config"]["Env"]
    assert {"NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_DRIVER_CAPABILITIES=compute,utility"} <= set(asked)
    assert not [variable for variable in config()["config"]["Env"] if variable.startswith("NVIDIA")]
