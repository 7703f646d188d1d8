"""`wheel-from-sdist` as far as it comes without a compiler: roots, requirements, and what stops it early."""

from __future__ import annotations

import gzip
import hashlib
import json
import platform
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import wheel_from_sdist as main_wheel_from_sdist
from distroless_python.errors import ToolError
from distroless_python.manifests.sdist import Requirement, WheelFromSdistManifest
from distroless_python.sandbox import build_root as root
from distroless_python.sdist import requirements
from distroless_python.sdist.build_system import BuildSystem
from support.debs import deb, files
from support.layouts import member, tar

HERE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "amd64")
OTHER = {"amd64": "arm64", "arm64": "amd64"}[HERE]


def job(tmp_path: Path, **more: Any) -> dict[str, Any]:
    content = gzip.compress(tar([(member("demo-1.0/setup.py"), b"")]))
    (tmp_path / "demo-1.0.tar.gz").write_bytes(content)
    return {
        "sdist": str(tmp_path / "demo-1.0.tar.gz"),
        "sha256": hashlib.sha256(content).hexdigest(),
        "distribution": "demo",
        "version": "1.0",
        "output": str(tmp_path / "out" / "demo-1.0-cp313-cp313-linux_x86_64.whl"),
        "label": "@pypi//demo",
        "hub": "@pypi",
        "release": "debian13",
        "architecture": HERE,
        "python": "3.13",
        "debs": [],
        "timeout": 60,
        **more,
    }


def run(tmp_path: Path, **more: Any) -> int:
    (tmp_path / "out").mkdir()
    (tmp_path / "manifest").write_text(json.dumps(job(tmp_path, **more)))
    try:
        return main_wheel_from_sdist.main([str(tmp_path / "manifest")])
    finally:
        assert list((tmp_path / "out").iterdir()) == []  # nothing half-built


def test_another_architecture(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        run(tmp_path, architecture=OTHER)
    assert f"demo has no wheel and is built from source for {OTHER}; this machine is Linux" in str(caught.value)
    assert f"build the image on a machine of linux/{OTHER}, or on remote executors of that platform" in str(
        caught.value
    )


def test_another_file(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=f"its SHA-256 is [0-9a-f]{{64}}, not {'0' * 64}"):
        run(tmp_path, sha256="0" * 64)


def test_what_the_build_requires(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="requires setuptools, which the lock does not have") as caught:
        run(tmp_path)
    assert 'write build_requires = {"demo": ["setuptools"]} on distroless.wheels for @pypi' in str(caught.value)


def test_versions_and_markers_of_requirements(tmp_path: Path) -> None:
    wheels = (Requirement("setuptools", "60.0", "x"), Requirement("cython", "3.1", "x"))
    about = {**job(tmp_path), "debs": (), "requires": wheels}
    wanted = ("setuptools>=61", "Cython>=3", 'tomli; python_version < "3.11"', "-e .")
    with pytest.raises(ToolError) as caught:
        requirements.check(BuildSystem(wanted), WheelFromSdistManifest(**about))
    assert [problem.reason for problem in caught.value.problems] == [
        "to be built, demo requires setuptools>=61, and the lock has 60.0",
        "'-e .' is not a valid requirement: Expected package name at the start of dependency specifier",
    ]


def test_a_project_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    about = WheelFromSdistManifest(**{**job(tmp_path), "debs": ()})
    with pytest.raises(ToolError, match=r"it has neither pyproject\.toml nor setup\.py"):
        requirements.read(str(tmp_path / "x"), about)
    (tmp_path / "x" / "pyproject.toml").write_text("[build-system]\nrequires = 1\n")
    with pytest.raises(ToolError, match=r"@pypi//demo: pyproject.toml: \[build-system\]"):
        requirements.read(str(tmp_path / "x"), about)


_BACKEND = """import os, subprocess, zipfile

def build_wheel(directory, config_settings=None, metadata_directory=None):
    try:
        subprocess.run(["cc", "--version"])
    except FileNotFoundError:
        pass
    with zipfile.ZipFile(f"{directory}/demo-1.0-py2.py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo.py", f"HOME = {'HOME' in os.environ}, SHELL = {'SHELL' in os.environ}")
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nTag: py2-none-any\\nTag: py3-none-any\\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return "demo-1.0-py2.py3-none-any.whl"
"""
_PYPROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def _pure(tmp_path: Path, backend: str, **more: Any) -> Path:
    """Builds pure Python; returns the wheel."""
    members = [(member("demo-1.0/pyproject.toml"), _PYPROJECT), (member("demo-1.0/backend.py"), backend.encode())]
    content = gzip.compress(tar(members))
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / "demo-1.0-py3-none-any.whl"
    about = {**job(tmp_path), "output": str(output), "pure": True, "architecture": OTHER, "release": "", **more}
    about["sha256"] = hashlib.sha256(content).hexdigest()
    (tmp_path / "demo-1.0.tar.gz").write_bytes(content)
    (tmp_path / "manifest").write_text(json.dumps(about))
    main_wheel_from_sdist.main([str(tmp_path / "manifest")])
    assert list((tmp_path / "out").iterdir()) == [output]
    return output


def test_pure_python_is_built_without_a_root_on_any_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    with zipfile.ZipFile(_pure(tmp_path, _BACKEND)) as wheel:
        assert wheel.read("demo.py") == b"HOME = True, SHELL = False"
        assert b"Tag: py3-none-any\n" in wheel.read("demo-1.0.dist-info/WHEEL")
        assert b"py2" not in wheel.read("demo-1.0.dist-info/WHEEL")


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("import absent", "the build imports absent, which is not among its requirements"),
        ("import subprocess\nsubprocess.run(['gcc', 'x.c'])", "the build needs the program gcc"),
        ("import time\ntime.sleep(60)", "the build was not done after 1 s and was ended"),
    ],
)
def test_pure_python_that_does_not_build(tmp_path: Path, backend: str, reason: str) -> None:
    with pytest.raises(ToolError, match=reason):
        _pure(tmp_path, backend, timeout=1 if "sleep" in backend else 60)


def test_a_root(tmp_path: Path) -> None:
    contents: dict[str, dict[str, bytes | str]] = {
        "dash": {"bin/dash": b"#!"},
        "gcc": {"usr/bin/gcc-14": b"ELF", "usr/bin/gcc": "gcc-14", "usr/share/man/man1/gcc.1": b"", "etc/x": b"first"},
        "g++": {"usr/bin/g++": b"ELF", "etc/x": b"second"},
    }
    debs = []
    for name, content in contents.items():
        debs.append(tmp_path / f"{name}.deb")
        debs[-1].write_bytes(deb(name, "1", files(content)))
    root.make(map(str, debs), str(tmp_path / "root"), "3.13")
    made = tmp_path / "root"
    assert (made / "bin").readlink() == Path("usr/bin")
    assert {p.name: str(p.readlink()) for p in (made / "usr/bin").iterdir() if p.is_symlink()} == {
        "awk": "mawk",
        "c++": "g++",
        "cc": "gcc",
        "gcc": "gcc-14",
        "python": "python3.13",
        "python3": "python3.13",
        "sh": "dash",
    }
    assert (made / "usr/bin/dash").stat().st_mode & 0o777 == 0o755
    assert (made / "etc/x").read_bytes() == b"first"
    assert not (made / "usr/share/man").exists()


def test_a_package_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    first = deb("a", "1", [member("./usr/x", tarfile.SYMTYPE, linkname=str(tmp_path / "outside"))])
    second = deb("b", "1", [(member("./usr/x/file"), b"")])
    for name, content in (("a", first), ("b", second)):
        (tmp_path / f"{name}.deb").write_bytes(content)
    with pytest.raises(ToolError, match=r"b\.deb: usr/x/file: it leads out of the root"):
        root.make([str(tmp_path / "a.deb"), str(tmp_path / "b.deb")], str(tmp_path / "root"), "3.13")
    assert list((tmp_path / "outside").iterdir()) == []
