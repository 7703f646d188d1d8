"""Requirements compiled by uv: the file that pip-tools writes, and what uv is told of pip's configuration."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distroless_python.lock import uv_compile
from distroless_python.lock.environments import parse
from distroless_python.lock.main import main
from support.package_index import PackageIndex, make_wheel

_FILES = [
    make_wheel("app", "1.0", requires=["backport>=1; python_version < '3.11'", "common[x]"]),
    make_wheel("app", "1.1", requires=["backport>=1; python_version < '3.11'", "common[x]"], requires_python=">=3.9"),
    make_wheel("backport", "1"),
    make_wheel("common", "1", requires=["extra; extra == 'x'"], extras=["x"]),
    make_wheel("common", "3", requires=["extra; extra == 'x'"], extras=["x"], requires_python=">=3.13"),
    make_wheel("extra", "1", "cp313-cp313-manylinux_2_28_x86_64"),
    make_wheel("extra", "1", "cp313-cp313-manylinux_2_28_aarch64"),
    make_wheel("extra", "1", "cp39-cp39-manylinux2014_x86_64"),
    make_wheel("mac", "1"),
]
_ENVIRONMENTS = ("debian13_amd64", "debian13_arm64", "debian11_amd64")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with PackageIndex(list(_FILES)) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        monkeypatch.chdir(tmp_path)
        yield index


def _compile(resolver: str, *options: str) -> int:
    Path("requirements.in").write_text("app\nmac ; sys_platform == 'darwin'\n")
    words = [f"--environment={name}" for name in _ENVIRONMENTS]
    return main(["compile", "requirements.in", f"--output={resolver}.txt", f"--resolver={resolver}", *words, *options])


@pytest.mark.skipif(not shutil.which("uv"), reason="uv is not installed")
def test_it_writes_what_pip_tools_writes(index: PackageIndex) -> None:
    for _ in range(2):  # the second time with the first lock's versions
        assert _compile("pip-tools") == 0
        assert _compile("uv") == 0
        assert Path("uv.txt").read_text() == Path("pip-tools.txt").read_text()
        index.releases.append(make_wheel("app", "2"))
    assert "app==1.1" in Path("uv.txt").read_text()
    assert _compile("uv", "--upgrade-package=app") == 0
    assert "app==2" in Path("uv.txt").read_text()


def test_it_has_to_be_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(tmp_path)
    assert _compile("uv") == 1
    assert "--resolver uv: there is no program uv on the PATH\n    remedy: install it" in capsys.readouterr().err


def test_what_it_says_when_there_is_no_solution(
    index: PackageIndex, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    program = tmp_path / "bin/uv"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no solution at https://me:s3cret@index.example.com/simple >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert _compile("uv") == 1
    said = capsys.readouterr().err
    assert "debian13_amd64: uv ended without a lock:\n      no solution at https://index.example.com/simple" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ("debian13_amd64", "x86_64-manylinux_2_40"),
        ("debian11_arm64", "aarch64-manylinux_2_31"),
        ("debian10_amd64", "x86_64-manylinux_2_28"),
        ("python3.14_amd64", "x86_64-manylinux_2_28"),
        ("python3.14_macos_arm64", "aarch64-apple-darwin"),
        ("python3.14_macos_amd64", "x86_64-apple-darwin"),
    ],
)
def test_platforms(environment: str, platform: str) -> None:
    assert uv_compile.platform(parse(environment)) == platform


def test_pips_configuration_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://me:s3cret@index.example.com/simple\nextra-index-url =\n"
        "    https://a.example.com/simple\n    https://b.example.com/simple\nfind-links = /wheels\n"
        "trusted-host = a.example.com\ncert = /certificates.pem\nkeyring-provider = subprocess\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    assert uv_compile.settings() == {
        "UV_DEFAULT_INDEX": "https://me:s3cret@index.example.com/simple",
        "UV_INDEX": "https://a.example.com/simple https://b.example.com/simple",
        "UV_FIND_LINKS": "/wheels",
        "UV_INSECURE_HOST": "a.example.com",
        "UV_KEYRING_PROVIDER": "subprocess",
        "SSL_CERT_FILE": "/certificates.pem",
        "UV_PYTHON": sys.executable,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert uv_compile.settings()["UV_NO_INDEX"] == "1"
    assert "UV_DEFAULT_INDEX" not in uv_compile.settings()
