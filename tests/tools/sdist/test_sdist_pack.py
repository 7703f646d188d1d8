"""Wheels whose bytes depend on their files only."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from pathlib import Path

import pytest

from distroless_python.actions import unpack_wheel as main_unpack_wheel
from distroless_python.errors import ToolError
from distroless_python.manifests.layers import UnpackWheelManifest
from distroless_python.sdist.pack import pack

TAG = "cp313-cp313-linux_x86_64"
FILES = {
    "demo/__init__.py": b"",
    "demo/a,b.txt": b"x",
    "demo-1.0.data/scripts/run": b"#!python\n",
    "demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    "demo-1.0.dist-info/RECORD": b"wrong",
    "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\nTag: py2-none-any\n",
}


def directory(path: Path, names: list[str], time: int) -> Path:
    for name in names:
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(FILES[name])
        (path / name).chmod(0o700 if name.endswith("run") else 0o600)
        os.utime(path / name, (time, time))
    return path


def packed(path: Path) -> bytes:
    stream = io.BytesIO()
    pack(str(path), TAG, stream, "@pypi//demo")
    return stream.getvalue()


def test_the_same_bytes_whatever_the_order_and_the_time(tmp_path: Path) -> None:
    first = packed(directory(tmp_path / "a", sorted(FILES), 0))
    assert packed(directory(tmp_path / "b", sorted(FILES)[::-1], 1_700_000_000)) == first


def test_a_wheel_that_others_read(tmp_path: Path) -> None:
    wheel = tmp_path / f"demo-1.0-{TAG}.whl"
    wheel.write_bytes(packed(directory(tmp_path / "x", sorted(FILES), 0)))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-1] == "demo-1.0.dist-info/RECORD"
        assert archive.read("demo-1.0.dist-info/WHEEL").decode().splitlines() == [
            "Wheel-Version: 1.0",
            "Root-Is-Purelib: true",
            f"Tag: {TAG}",
        ]
        rows = list(csv.reader(io.StringIO(archive.read("demo-1.0.dist-info/RECORD").decode())))
        assert [row[0] for row in rows] == archive.namelist()
        assert archive.getinfo("demo-1.0.data/scripts/run").external_attr >> 16 == 0o100755
    main_unpack_wheel.build(UnpackWheelManifest(str(wheel), str(tmp_path / "unpacked"), None))
    assert (tmp_path / "unpacked/demo/a,b.txt").read_bytes() == b"x"


def test_what_is_no_wheel(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="the build made no wheel"):
        packed(directory(tmp_path / "x", ["demo/__init__.py"], 0))
    (directory(tmp_path / "y", sorted(FILES), 0) / "demo/link").symlink_to("/etc/passwd")
    with pytest.raises(ToolError, match="demo/link: the wheel that was built has a link in it"):
        packed(tmp_path / "y")
