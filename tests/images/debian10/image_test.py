"""Python 3.7 on glibc 2.28: what layers are made for it, and what is refused. Nothing runs; the base is a stand-in."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from distroless_python.actions import profile as main_profile
from distroless_python.actions import verify as main_verify
from distroless_python.actions import wheel_layer as main_wheel_layer
from distroless_python.errors import ToolError
from distroless_python.formats.oci import Layout
from distroless_python.manifests.layers import LayerOutput, WheelLayerManifest
from support.elfs import elf
from support.wheels import WheelSource

SITE = "usr/local/lib/python3.7/dist-packages"


def _run(command: object, directory: Path, **manifest: object) -> None:
    path = directory / "manifest"
    path.write_text(json.dumps(manifest))
    assert command.main([str(path)]) == 0  # type: ignore[attr-defined]


@pytest.fixture
def base(tmp_path: Path) -> dict[str, str]:
    described = {key: str(tmp_path / f"{key}.json") for key in ("profile", "contents", "python")}
    _run(main_profile, tmp_path, architecture="amd64", label="//:base", layout=os.environ["BASE"], described=described)
    return described


def test_the_layers_are_where_python_3_7_looks(tmp_path: Path) -> None:
    layout = Layout(Path(os.environ["IMAGE"]))
    config, *layers = layout.children(layout.image())
    texts = {}
    for layer in layers:
        with tarfile.open(layout.blob(layer.digest)) as archive:
            for found in filter(tarfile.TarInfo.isreg, archive):
                stream = archive.extractfile(found)
                texts[found.name] = stream.read(100) if stream else b""
    assert f"{SITE}/django/__init__.py" in texts
    assert f"{SITE}/PIL/_imaging.cpython-37m-x86_64-linux-gnu.so" in texts
    assert texts["usr/local/bin/gunicorn"].startswith(b"#!/usr/bin/python3.7\n")
    assert layout.read_json(config)["config"]["Entrypoint"] == ["/usr/local/bin/gunicorn"]


def test_the_verification_finds_all_that_is_needed() -> None:
    path = next(path for path in os.environ["REPORT"].split() if path.endswith(".json"))
    report = json.loads(Path(path).read_text())
    base = {key: report["base"][key] for key in ("release", "architecture", "python", "glibc")}
    assert base == {"release": "debian10", "architecture": "amd64", "python": "3.7.3", "glibc": "2.28"}
    assert [(found["name"], found["level"]) for found in report["findings"]] == [("end-of-life:debian10", "allowed")]
    imaging = next(found for found in report["libraries"] if "PIL/_imaging.cpython-37m" in found["path"])
    providers = {need["name"].partition(".so")[0]: need["from"] for need in imaging["needs"]}
    assert providers["libc"] == providers["libpthread"] == "base"
    assert next(provider for name, provider in providers.items() if name.startswith("libjpeg")) == "pillow 9.5.0"


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        (
            "cp37-cp37m-manylinux_2_31_x86_64",
            "it needs glibc 2.31 (manylinux_2_31_x86_64), and the base has glibc 2.28",
        ),
        (
            "cp38-cp38-manylinux2014_x86_64",
            "it is for Python cp38 (cp38), and the base has Python 3.7 (cp37m)",
        ),
        ("cp37-cp37-manylinux2014_x86_64", "it is for the ABI cp37, and the base has cp37m"),
    ],
)
def test_a_wheel_for_another_python_or_glibc_is_refused(
    tmp_path: Path, base: dict[str, str], tag: str, reason: str
) -> None:
    wheel = WheelSource(tag=tag).write(tmp_path)
    job = _job(tmp_path, wheel, base)
    main_wheel_layer.build(job)
    with pytest.raises(ToolError) as caught:
        _verify(tmp_path, job, base)
    assert reason in str(caught.value)


def test_a_wheel_whose_tag_does_not_say_what_glibc_it_needs_is_refused(tmp_path: Path, base: dict[str, str]) -> None:
    module = elf(needed=["libc.so.6"], requires={"libc.so.6": ["GLIBC_2.17", "GLIBC_2.30"]})
    wheel = WheelSource(tag="cp37-cp37m-manylinux2014_x86_64", files={"demo/_demo.so": module})
    job = _job(tmp_path, wheel.write(tmp_path), base)
    main_wheel_layer.build(job)

    with pytest.raises(ToolError) as caught:
        _verify(tmp_path, job, base)
    assert str(caught.value) == (
        "error: //:image: demo 1.0: demo/_demo.so: needs GLIBC_2.30 of libc.so.6,"
        " and that of the base has up to GLIBC_2.28 [undefined-version:GLIBC_2.30]\n"
        "    remedy: use a base with glibc 2.30 or newer (from debian11 on), or lock an older version of demo,"
        " built for manylinux_2_28 or less"
    )


def _job(directory: Path, wheel: Path, base: dict[str, str]) -> WheelLayerManifest:
    output = LayerOutput(*(str(directory / f"x.{end}") for end in ("layer.tar.gz", "layer.json", "contents.json")))
    return WheelLayerManifest(
        str(wheel), output, base["python"], label="//:demo", direct=False, interpreter=None, sha256=None
    )


def _verify(directory: Path, job: WheelLayerManifest, base: dict[str, str]) -> None:
    _run(
        main_verify,
        directory,
        label="//:image",
        profile=base["profile"],
        base=base["contents"],
        debs={},
        entry={"kind": "none"},
        env={},
        gpu="",
        workdir="",
        allow={"end-of-life:debian10": "the stand-in is"},
        today="2026-01-01",
        layers=[job.output.contents],
        output=str(directory / "verified"),
    )
