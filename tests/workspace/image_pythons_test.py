"""Locks for images whose Pythons differ, made in these Pythons: 3.9, 3.11 and 3.13 of the bases. No network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from distroless_python.lock.main import main
from support.package_index import PackageIndex, make_sdist, make_wheel

# pip builds it to see what it requires: the answer is that of the Python which runs it.
_BACKEND = """
import platform
import sys


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = "asks-1.0.dist-info"
    import os

    os.mkdir(os.path.join(metadata_directory, folder))
    with open(os.path.join(metadata_directory, folder, "METADATA"), "w") as stream:
        stream.write("Metadata-Version: 2.1\\nName: asks\\nVersion: 1.0\\n")
        stream.write(f"Requires-Dist: python%d%d\\n" % sys.version_info[:2])
        stream.write(f"Requires-Dist: patch=={platform.python_version()}\\n")
    return folder


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    raise RuntimeError("the wheel is not needed")
"""
_PROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_INDEX = [
    make_wheel("app", "1", requires=["backport; python_version < '3.11'", "shim; python_version < '3.13'"]),
    make_wheel("backport", "1", requires=["older; python_version < '3.10'"]),
    make_wheel("older", "1"),
    make_wheel("shim", "1"),
    make_sdist("asks", "1.0", {"pyproject.toml": _PROJECT, "backend.py": _BACKEND.encode(), "PKG-INFO": b""}),
    make_wheel("python311", "1"),
    make_wheel("python313", "1"),
    *(make_wheel("patch", f"3.{minor}.{micro}") for minor in (11, 13) for micro in range(30)),
]


@pytest.fixture(autouse=True)
def _index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    pythons = os.environ["DISTROLESS_PYTHONS"].split()
    monkeypatch.setenv("DISTROLESS_PYTHONS", " ".join(os.path.abspath(path) for path in pythons))
    with PackageIndex(list(_INDEX)) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
        monkeypatch.chdir(tmp_path)
        yield


def locked(requirement: str, release: str) -> list[str]:
    """The names and versions that a requirement is locked to for one image."""
    Path("requirements.in").write_text(f"{requirement}\n")
    output = f"{release}.txt"
    assert main(["compile", "requirements.in", f"--environment={release}_amd64", f"--output={output}"]) == 0
    return [line.split()[0] for line in Path(output).read_text().splitlines() if "==" in line[:20]]


def test_the_closure_behind_markers_is_the_images(capfd: pytest.CaptureFixture[str]) -> None:
    assert locked("app", "debian11") == ["app==1", "backport==1", "older==1", "shim==1"]
    assert locked("app", "debian12") == ["app==1", "shim==1"]
    assert locked("app", "debian13") == ["app==1"]
    said = capfd.readouterr().err
    assert "debian11_amd64: asked Python 3.9." in said
    assert "debian12_amd64: in Python 3.11." in said
    assert "debian13_amd64: in Python 3.13." in said


@pytest.mark.parametrize(
    ("release", "name", "minor"), [("debian12", "python311", "3.11"), ("debian13", "python313", "3.13")]
)
def test_a_source_distribution_is_asked_in_the_images_python(release: str, name: str, minor: str) -> None:
    asks, patch, python = locked("asks", release)
    assert asks == "asks==1.0"
    assert patch.startswith(f"patch=={minor}.")
    assert python == f"{name}==1"
