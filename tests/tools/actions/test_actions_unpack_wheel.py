"""`unpack-wheel`: a directory to import from."""

from __future__ import annotations

import hashlib
import random
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import unpack_wheel as main_unpack_wheel
from distroless_python.errors import ToolError
from distroless_python.manifests.layers import UnpackWheelManifest
from support.wheels import Member, WheelSource

DEMO = WheelSource(
    files={
        "demo/__init__.py": b"from demo.core import run\n",
        "demo/core.py": b"def run():\n    print('it runs')\n",
        "demo/large.bin": random.Random(3).randbytes(3 << 20),
        "demo-1.0.data/platlib/extra.py": b"",
        "demo-1.0.data/scripts/tool": b"#!python\nimport demo\n",
    },
    executable=("demo/core.py",),
    entry_points="[console_scripts]\ndemo = demo.core:run\n",
)


def _unpack(tmp_path: Path, wheel: WheelSource = DEMO, **job: Any) -> Path:
    output = tmp_path / "output"
    output.mkdir(exist_ok=True)  # as Bazel does
    main_unpack_wheel.build(
        UnpackWheelManifest(str(wheel.write(tmp_path)), str(output), job.get("sha256"), job.get("exclude", ()))
    )
    return output


def test_what_is_unpacked(tmp_path: Path) -> None:
    output = _unpack(tmp_path)
    files = {
        str(path.relative_to(output)): stat.S_IMODE(path.stat().st_mode) for path in output.rglob("*") if path.is_file()
    }
    assert {path for path, mode in files.items() if mode & 0o111} == {"bin/demo", "bin/tool", "demo/core.py"}
    assert set(files) == {
        "bin/demo",
        "bin/tool",
        "demo/__init__.py",
        "demo/core.py",
        "demo/large.bin",
        "extra.py",
        *(f"demo-1.0.dist-info/{name}" for name in ("INSTALLER", "METADATA", "RECORD", "WHEEL", "entry_points.txt")),
    }
    assert (output / "demo/large.bin").read_bytes() == random.Random(3).randbytes(3 << 20)
    assert (output / "bin/tool").read_bytes() == b"#!/usr/bin/env python3\nimport demo\n"


def test_files_that_are_left_out(tmp_path: Path) -> None:
    files = {"demo/__init__.py": b"", "tests/__init__.py": b"", "tests/deep/x.py": b"", "demo/tests/y.py": b""}
    output = _unpack(tmp_path, WheelSource(files=files), exclude=("tests/**", "demo/*/?.py"))
    assert {path.relative_to(output).as_posix() for path in output.rglob("*.py")} == {"demo/__init__.py"}
    record = next(output.glob("*.dist-info/RECORD")).read_text()
    assert "tests" not in record


@pytest.mark.parametrize("pattern", ["test/**", "*.dist-info/**", "demo"])
def test_a_pattern_that_names_nothing(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(ToolError) as caught:
        _unpack(tmp_path, exclude=(pattern,))
    assert f"exclude has {pattern!r}, and demo 1.0 has no such file" in str(caught.value)


def test_it_is_imported_and_found(tmp_path: Path) -> None:
    output = _unpack(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(output)!r})\n"
        "import importlib.metadata as metadata\n"
        "distribution = metadata.distribution('demo')\n"
        "assert all(file.locate().exists() for file in distribution.files)\n"
        "entry = next(e for e in distribution.entry_points if e.name == 'demo')\n"
        "entry.load()()\n"
    )
    result = subprocess.run([sys.executable, "-I", "-c", code], stdout=subprocess.PIPE, check=True)
    assert result.stdout == b"it runs\n"


@pytest.mark.parametrize(
    ("wheel", "job", "expected"),
    [
        (DEMO.changed("demo/large.bin", crc=1), {}, "demo/large.bin: its content has CRC-32"),
        (DEMO.changed("demo/core.py", data=b"x", size=33), {}, "demo/core.py: declares 33 bytes and holds 1"),
        (replace(DEMO, extra=(Member("../evil"),)), {}, "../evil: its name leaves the prefix"),
        (DEMO, {"sha256": "0" * 64}, "its SHA-256 is"),
    ],
)
def test_nothing_is_left_of_a_bad_wheel(tmp_path: Path, wheel: WheelSource, job: dict[str, str], expected: str) -> None:
    with pytest.raises(ToolError) as caught:
        _unpack(tmp_path, wheel, **job)
    assert expected in str(caught.value)
    assert list((tmp_path / "output").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo-1.0-py3-none-any.whl", "output"]


def test_wheels_for_any_platform_are_unpacked(tmp_path: Path) -> None:
    """Which wheel is for this machine was decided when the lock was made."""
    output = _unpack(tmp_path, replace(DEMO, tag="cp39-cp39-win_amd64"))
    assert (output / "demo/core.py").exists()


def test_the_locked_file_is_accepted(tmp_path: Path) -> None:
    sha256 = hashlib.sha256(DEMO.write(tmp_path).read_bytes()).hexdigest()
    assert (_unpack(tmp_path, sha256=sha256) / "demo/core.py").exists()


def test_a_file_is_not_written_twice(tmp_path: Path) -> None:
    (tmp_path / "output" / "demo").mkdir(parents=True)
    (tmp_path / "output" / "demo" / "core.py").touch()
    with pytest.raises(ToolError, match=r"demo/core\.py: is there already"):
        _unpack(tmp_path)


def test_the_directory_may_not_be_there_yet(tmp_path: Path) -> None:
    job = UnpackWheelManifest(str(DEMO.write(tmp_path)), str(tmp_path / "new" / "deep"), None)
    main_unpack_wheel.build(job)
    assert (tmp_path / "new" / "deep" / "demo" / "core.py").exists()
