"""One locked file by the machine's pip, started as a repository rule starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distroless_python.fetch import wheel as fetch_wheel
from support.package_index import PackageIndex, Release, make_sdist, make_wheel

_FILES = [
    make_wheel("app", "1.0"),
    make_wheel("app", "1.1"),
    make_wheel("native", "2", "cp37-cp37m-manylinux1_x86_64"),
    make_wheel("native", "2", "cp313-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64", requires_python=">=3.99"),
    make_wheel("native", "2", "cp313-cp313t-win_amd64"),
    make_wheel("native", "2", "py3-none-musllinux_1_2_x86_64"),
    make_wheel("native", "2", "py2.py3-none-macosx_11_0_universal2"),
    make_wheel("early", "1.0rc1"),
    make_sdist("source", "1", {"setup.py": b"raise SystemExit('a fetch builds nothing')\n"}),
]


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    with PackageIndex(list(_FILES)) as index:
        yield index


def _fetch(
    index: PackageIndex, tmp_path: Path, release: Release, sha256: str = "", **settings: str
) -> tuple[int, str, list[str]]:
    """Returns the exit code, what was said and what is in the folder."""
    name, version = release.file.removesuffix(".tar.gz").split("-")[:2]
    words = ["--file", release.file, "--name", name, "--version", version, "--sha256", sha256 or release.sha256]
    variables = {**index.pip_settings(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path), **settings}
    variables.pop("PIP_FIND_LINKS", None)
    folder = tmp_path / "output"
    run = subprocess.run(
        [sys.executable, fetch_wheel.__file__, *words, "--output", str(folder)],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert "Traceback" not in run.stderr
    return run.returncode, run.stdout + run.stderr, sorted(os.listdir(folder)) if folder.exists() else []


@pytest.mark.parametrize("release", _FILES, ids=lambda release: str(release.file))
def test_exactly_that_file_whatever_machine_it_is_for(index: PackageIndex, tmp_path: Path, release: Release) -> None:
    assert _fetch(index, tmp_path, release) == (0, "", [release.file])
    assert (tmp_path / "output" / release.file).read_bytes() == release.content


def test_settings_of_the_user_for_other_purposes_do_not_get_in_the_way(index: PackageIndex, tmp_path: Path) -> None:
    settings = {
        "PIP_NO_BINARY": ":all:",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_CONSTRAINT": "/absent",
        "PIP_DEST": "/absent",
    }
    assert _fetch(index, tmp_path, _FILES[0], **settings) == (0, "", [_FILES[0].file])


@pytest.mark.parametrize("release", [_FILES[0], _FILES[-1]], ids=lambda release: str(release.file))
def test_a_file_with_another_digest(index: PackageIndex, tmp_path: Path, release: Release) -> None:
    code, said, files = _fetch(index, tmp_path, release, "0" * 64)
    assert (code, files) == (1, [])
    assert said.startswith(f"error: {release.file}: sha256 {'0' * 64}: pip did not fetch it: ")
    assert "remedy: " in said
    assert "lock again: bazel run @rules_distroless_python//tools:lock" in said


@pytest.mark.parametrize("release", [make_wheel("gone", "1"), make_sdist("gone", "1", {})], ids=["wheel", "sdist"])
def test_a_file_that_is_gone(index: PackageIndex, tmp_path: Path, release: Release) -> None:
    code, said, files = _fetch(index, tmp_path, release)
    assert (code, files) == (1, [])
    assert f"error: {release.file}: sha256 {release.sha256}: pip did not fetch it: " in said
    assert "if the file is gone, lock again" in said


def test_an_index_that_lies_about_a_digest(index: PackageIndex, tmp_path: Path) -> None:
    class Changed(Release):
        sha256 = _FILES[0].sha256

    index.releases = [Changed(_FILES[0].file, make_wheel("app", "1.0", members={"evil.py": b""}).content)]
    code, said, files = _fetch(index, tmp_path, _FILES[0])
    assert (code, files) == (1, [])
    assert "DO NOT MATCH THE HASHES" in said


def test_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    words = ["--file=a-1-py3-none-any.whl", "--name=a", "--version=1", f"--sha256={'0' * 64}", f"--output={tmp_path}"]
    assert fetch_wheel.main(words) == 1
    said = capsys.readouterr().err
    assert "error: a-1-py3-none-any.whl: " in said
    assert "pip is needed to fetch it and is not installed" in said
    assert "apt install python3-pip" in said
    assert "or lock with --urls" in said


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    words = ["--file=a-1-py3-none-any.whl", "--name=a", "--version=1", f"--sha256={'0' * 64}"]
    assert fetch_wheel.main([*words, f"--output={tmp_path / 'file'}"]) == 1
    assert "check the folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tags", "options"),
    [
        ("py2.py3-none-any", ["--implementation=py", "--python-version=3", "--abi=none", "--platform=any"]),
        (
            "cp37-cp37m-linux_x86_64",
            ["--implementation=cp", "--python-version=3.7", "--abi=cp37m", "--platform=linux_x86_64"],
        ),
        (
            "1-cp313-abi3.none-linux_a.linux_b",
            [
                "--implementation=cp",
                "--python-version=3.13",
                "--abi=abi3",
                "--abi=none",
                "--platform=linux_a",
                "--platform=linux_b",
            ],
        ),
    ],
)
def test_the_tags_that_pip_is_told(tags: str, options: list[str]) -> None:
    assert fetch_wheel.pip_tags(f"a-1-{tags}.whl") == options
