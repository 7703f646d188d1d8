"""`wheel-from-sdist` with a real root: what builds must not do, what they miss, patches, and the same bytes twice."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import wheel_from_sdist as main_wheel_from_sdist
from distroless_python.errors import ToolError
from distroless_python.sandbox import build_root as root
from support.layouts import member, tar

BACKEND = """
import os, subprocess, sysconfig, zipfile
from pathlib import Path

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    {body}
    name = "demo-1.0-py3-none-any.whl"
    info = {{"METADATA": "Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n", "WHEEL": "Wheel-Version: 1.0\\n"}}
    with zipfile.ZipFile(Path(wheel_directory, name), "w") as wheel:
        for file in sorted(Path("made").iterdir()):
            wheel.write(file, file.name)
        for file, text in info.items():
            wheel.writestr(f"demo-1.0.dist-info/{{file}}", text)
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
COMPILE = (
    'subprocess.run(["gcc", "-g", "-shared", "-fPIC", "-I" + sysconfig.get_path("include"), "-o", "made/demo.so",'
    ' Path("demo.c").absolute(), *os.environ["CPPFLAGS"].split(), *FLAGS], check=True)'
)
SOURCE = '#include <Python.h>\nconst char *demo_built = __FILE__ " " __DATE__ " " __TIME__;\n'


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("builder") / "root"
    root.make(os.environ["BUILDER"].split(), str(made), "3.13")
    return made


@pytest.fixture(autouse=True)
def _quick_root(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root takes 10 s, and builds may not write into it: all share its files."""

    def make(debs: object, where: str, python: str) -> None:
        shutil.copytree(prepared, where, symlinks=True, copy_function=os.link, dirs_exist_ok=True)

    monkeypatch.setattr(root, "make", make)


def build(tmp_path: Path, body: str, files: Mapping[str, str] | None = None, **job: Any) -> Path:
    """Builds a project whose backend does `body`; nothing is left where it fails."""
    contents = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND.format(body=body), "made/x.py": "", **(files or {})}
    sdist = gzip.compress(tar([(member(f"demo-1.0/{name}"), text.encode()) for name, text in contents.items()]))
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "demo-1.0.tar.gz").write_bytes(sdist)
    (tmp_path / "out").mkdir()
    value = {
        "sdist": str(tmp_path / "demo-1.0.tar.gz"),
        "sha256": hashlib.sha256(sdist).hexdigest(),
        "distribution": "demo",
        "version": "1.0",
        "output": str(tmp_path / "out/demo-1.0-cp313-cp313-linux_x86_64.whl"),
        "label": "@pypi//demo",
        "hub": "@pypi",
        "release": "debian13",
        "architecture": "amd64",
        "python": "3.13",
        "debs": [],
        "timeout": 60,
        **job,
    }
    (tmp_path / "manifest").write_text(json.dumps(value))
    try:
        main_wheel_from_sdist.main([str(tmp_path / "manifest")])
    except ToolError:
        assert list((tmp_path / "out").iterdir()) == []
        raise
    return Path(value["output"])


def failure(tmp_path: Path, body: str, files: Mapping[str, str] | None = None, **job: Any) -> str:
    with pytest.raises(ToolError) as caught:
        build(tmp_path, body, files, **job)
    return str(caught.value)


def test_the_same_bytes_twice(tmp_path: Path) -> None:
    body = COMPILE.replace(", *FLAGS", "")
    one = build(tmp_path / "one", body, {"demo.c": SOURCE})
    time.sleep(1.1)  # __TIME__
    two = build(tmp_path / "a longer name", body, {"demo.c": SOURCE})
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as wheel:
        library = wheel.read("demo.so")
    assert b"./demo.c Jan  1 1980 00:00:00" in library
    assert b"/build" not in library


def test_a_header_that_is_not_there(tmp_path: Path) -> None:
    said = failure(tmp_path, COMPILE.replace(", *FLAGS", ""), {"demo.c": "#include <lber.h>\n"})
    assert "| /build/source/demo.c:1:10: fatal error: lber.h: No such file or directory" in said
    assert (
        "error: @pypi//demo: the build needs the header lber.h, which its root does not have\n"
        "    remedy: lock the builder with it: bazel run @rules_distroless_python//tools:lock -- debian --builder"
        " --release debian13 --output debian13-builder.lock.json --also libldap-dev;"
        ' then write build_debs = {"demo": ["libldap-dev"]} on distroless.wheels for @pypi'
    ) in said


def test_a_library_that_is_not_there(tmp_path: Path) -> None:
    said = failure(tmp_path, COMPILE.replace("*FLAGS", '"-lsasl2"'), {"demo.c": SOURCE})
    assert "the build needs the library libsasl2.so, which its root does not have" in said
    assert "--also libsasl2-dev" in said


def test_a_compiler_that_is_not_there(tmp_path: Path) -> None:
    said = failure(tmp_path, 'subprocess.run(["gfortran", "demo.f90"], check=True)')
    assert "the build needs the program gfortran, which its root does not have" in said
    assert 'then write build_debs = {"demo": ["gfortran"]}' in said


@pytest.mark.parametrize("address", ["example.com", "192.0.2.1"])
def test_the_network(tmp_path: Path, address: str) -> None:
    said = failure(tmp_path, f'import socket; socket.create_connection(("{address}", 443), timeout=20)')
    assert "error: @pypi//demo: the build tries to reach the network, which no action may\n    remedy: " in said


@pytest.mark.parametrize("path", ["/etc/demo", "/usr/lib/demo", "/demo"])
def test_what_is_outside(tmp_path: Path, prepared: Path, path: str) -> None:
    said = failure(tmp_path, f'Path("{path}").write_text("x")')
    assert f"error: @pypi//demo: the build writes outside of its directory: {path}\n    remedy: patch it" in said
    assert not (prepared / path[1:]).exists()


def test_a_build_that_hangs(tmp_path: Path) -> None:
    started = time.monotonic()
    said = failure(tmp_path, 'subprocess.run(["sh", "-c", "echo waiting; sleep 600"])', timeout=3)
    assert time.monotonic() - started < 60
    assert "the build was not done after 3 s and was ended; the end of its output:\n    | waiting\n" in said
    assert "raise `build_timeout` of distroless.wheels" in said


def _patch(path: Path, old: str, new: str) -> str:
    path.write_text(f"--- a/made/x.py\n+++ b/made/x.py\n@@ -1 +1 @@\n-{old}\n+{new}\n")
    return str(path)


def test_patches_in_order(tmp_path: Path) -> None:
    patches = [_patch(tmp_path / "1.patch", "a = 1", "a = 2"), _patch(tmp_path / "2.patch", "a = 2", "a = 3")]
    with zipfile.ZipFile(build(tmp_path, "pass", {"made/x.py": "a = 1\n"}, patches=patches)) as wheel:
        assert wheel.read("x.py") == b"a = 3\n"


def test_a_patch_that_does_not_apply(tmp_path: Path) -> None:
    patch = _patch(tmp_path / "1.patch", "a = 7", "a = 2")
    said = failure(tmp_path, "pass", {"made/x.py": "a = 1\n"}, patches=[patch])
    assert f"error: @pypi//demo: {patch}: the patch does not apply to demo 1.0:\n" in said
    assert "Hunk #1 FAILED" in said
