"""Where a distribution's files go."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest

from distroless_python.errors import Collector
from distroless_python.layer.install import Installation, InstallPlaces
from distroless_python.layer.wheel import open_wheel
from support.wheels import SITE, TARGET, Member, WheelSource, record_hash

DEMO = WheelSource()
INFO = "demo-1.0.dist-info"
DATA = "demo-1.0.data"


def _plan(
    tmp_path: Path, wheel: WheelSource, places: InstallPlaces | None = None, *, direct: bool = False
) -> tuple[Installation, str]:
    problems = Collector()
    opened = open_wheel(wheel.write(tmp_path), problems)
    assert opened is not None
    installation = opened.plan(places or InstallPlaces.image(TARGET, opened.name), direct, problems)
    return installation, "\n".join(map(str, problems))


def _contents(installation: Installation) -> dict[str, tuple[int, bytes]]:
    return {file.path: (file.mode, file.source.read()) for file in installation.files}


def test_every_scheme_has_its_place(tmp_path: Path) -> None:
    files = {
        "demo/__init__.py": b"",
        f"{DATA}/purelib/pure.py": b"1",
        f"{DATA}/platlib/plat.so": b"2",
        f"{DATA}/scripts/tool": b"#!/bin/sh",
        f"{DATA}/headers/demo.h": b"3",
        f"{DATA}/data/share/demo/x.txt": b"4",
    }
    installation, problems = _plan(tmp_path, replace(DEMO, files=files))
    contents = _contents(installation)
    assert problems == ""
    assert contents[f"{SITE}/demo/__init__.py"] == (0o644, b"")
    assert contents[f"{SITE}/pure.py"] == (0o644, b"1")
    assert contents[f"{SITE}/plat.so"] == (0o644, b"2")
    assert contents["usr/local/bin/tool"] == (0o755, b"#!/bin/sh")
    assert contents["usr/local/include/python3.13/demo/demo.h"] == (0o644, b"3")
    assert contents["usr/local/share/demo/x.txt"] == (0o644, b"4")
    assert [module.path for module in installation.modules] == [f"{SITE}/demo/__init__.py", f"{SITE}/pure.py"]


def test_executable_bits_are_kept(tmp_path: Path) -> None:
    files = {"demo/tool": b"", "demo/data": b""}
    installation, _ = _plan(tmp_path, replace(DEMO, files=files, executable=("demo/tool",)))
    contents = _contents(installation)
    assert contents[f"{SITE}/demo/tool"][0] == 0o755
    assert contents[f"{SITE}/demo/data"][0] == 0o644


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (b"#!python\nprint()\n", b"#!/usr/bin/python3.13\nprint()\n"),
        (b"#!pythonw\r\nx", b"#!/usr/bin/python3.13\nx"),
        (b"#!python -E -s\nx", b"#!/usr/bin/python3.13\nx"),
        (b"#!python", b"#!/usr/bin/python3.13\n"),
        (b"#!python " + b"x" * (2 << 20) + b"\nrest\n" * 2, b"#!/usr/bin/python3.13\nrest\n\nrest\n"),
        (b"#! python\nx", b"#! python\nx"),
        (b"#!pytho", b"#!pytho"),
        (b"#!python3.9\nx", b"#!/usr/bin/python3.13\nx"),
        (b"#!/usr/bin/env python\nx", b"#!/usr/bin/env python\nx"),
        (b"\x7fELF\0\xff", b"\x7fELF\0\xff"),
        (b"#!python\n" + b"x" * (2 << 20), b"#!/usr/bin/python3.13\n" + b"x" * (2 << 20)),
        (b"", b""),
    ],
)
def test_shebangs(tmp_path: Path, script: bytes, expected: bytes) -> None:
    installation, _ = _plan(tmp_path, replace(DEMO, files={f"{DATA}/scripts/tool": script}))
    file = next(file for file in installation.files if file.path == "usr/local/bin/tool")
    assert file.source.read() == expected
    assert file.source.size == len(expected)
    assert file.hash == record_hash(expected)


def test_only_scripts_are_rewritten(tmp_path: Path) -> None:
    installation, _ = _plan(tmp_path, replace(DEMO, files={"demo/tool.py": b"#!python\n"}))
    assert _contents(installation)[f"{SITE}/demo/tool.py"][1] == b"#!python\n"


def test_entry_points_become_scripts(tmp_path: Path) -> None:
    text = "[console_scripts]\ndemo = demo.cli : App.main [extra]\n[gui_scripts]\nwin = demo:gui\n[other]\nx = y\n"
    installation, problems = _plan(tmp_path, replace(DEMO, entry_points=text))
    contents = _contents(installation)
    assert problems == ""
    assert contents["usr/local/bin/demo"] == (
        0o755,
        b"#!/usr/bin/python3.13\nimport sys\nfrom demo.cli import App\n\n"
        b'if __name__ == "__main__":\n    sys.exit(App.main())\n',
    )
    assert b"from demo import gui\n" in contents["usr/local/bin/win"][1]
    assert "usr/local/bin/x" not in contents


def test_the_record_lists_what_is_installed(tmp_path: Path) -> None:
    files = {
        "demo/__init__.py": b"",
        "demo/a,b.txt": b"x",
        f"{DATA}/scripts/tool": b"#!python\n",
        f"{INFO}/direct_url.json": b"{}",
        f"{INFO}/INSTALLER": b"pip",
        f"{INFO}/REQUESTED": b"",
    }
    record = "".join(f'"{path}",{record_hash(data)},{len(data)}\n' for path, data in files.items())
    for member in DEMO.members():
        if str(member.name).endswith(("METADATA", "WHEEL")):
            record += f"{member.name!s},{record_hash(member.data)},{len(member.data)}\n"
    installation, problems = _plan(tmp_path, replace(DEMO, files=files, record=record + f"{INFO}/RECORD,,\n"))
    assert problems == ""
    rows = installation.record([f"{SITE}/demo/__pycache__/__init__.cpython-313.pyc"]).decode().splitlines()
    assert [row.rpartition(",")[0].rpartition(",")[0] for row in rows] == [
        "../../../bin/tool",
        f"{INFO}/INSTALLER",
        f"{INFO}/METADATA",
        f"{INFO}/RECORD",
        f"{INFO}/WHEEL",
        "demo/__init__.py",
        "demo/__pycache__/__init__.cpython-313.pyc",
        '"demo/a,b.txt"',
    ]
    assert f"{INFO}/INSTALLER,{record_hash(b'rules_distroless_python' + bytes([10]))},24" in rows
    assert f"../../../bin/tool,{record_hash(b'#!/usr/bin/python3.13' + bytes([10]))},22" in rows
    assert "demo/__pycache__/__init__.cpython-313.pyc,," in rows
    assert f"{INFO}/RECORD,," in rows


@pytest.mark.parametrize("direct", [True, False])
def test_only_what_was_asked_for_is_requested(tmp_path: Path, direct: bool) -> None:
    installation, _ = _plan(tmp_path, DEMO, direct=direct)
    assert (f"{SITE}/{INFO}/REQUESTED" in _contents(installation)) == direct


def test_stale_bytecode_is_left_out(tmp_path: Path) -> None:
    files = {"demo/__pycache__/x.cpython-313.pyc": b"", "demo/legacy.pyc": b"", "demo/__pycache__/note.txt": b""}
    installation, _ = _plan(tmp_path, replace(DEMO, files=files))
    paths = {path[len(SITE) + 1 :] for path in _contents(installation) if INFO not in path}
    assert paths == {"demo/legacy.pyc", "demo/__pycache__/note.txt"}


@pytest.mark.parametrize(
    ("files", "entry_points", "expected"),
    [
        (
            {"a.py": b"", f"{DATA}/platlib/a.py": b""},
            "",
            f"{DATA}/platlib/a.py: is installed to {SITE}/a.py, and so is a.py",
        ),
        (
            {f"{DATA}/data/bin/x": b""},
            "[console_scripts]\nx = a:b",
            f"x: is installed to usr/local/bin/x, and so is {DATA}/data/bin/x",
        ),
        ({f"{DATA}/data/bin/x": b"", f"{DATA}/scripts/x": b""}, "", "is installed to usr/local/bin/x, and so is"),
        (
            {f"{DATA}/data/bin": b""},
            "[console_scripts]\nx = a:b",
            f"{DATA}/data/bin: is installed to usr/local/bin, where",
        ),
        (
            {f"{DATA}/purelib/a": b"", "a/b.py": b""},
            "",
            f"{DATA}/purelib/a: is installed to {SITE}/a, where a/b.py needs a",
        ),
    ],
)
def test_two_members_that_want_one_path(
    tmp_path: Path, files: dict[str, bytes], entry_points: str, expected: str
) -> None:
    _, problems = _plan(tmp_path, replace(DEMO, files=files, entry_points=entry_points))
    assert expected in problems


def test_an_entry_point_takes_the_place_of_setuptools_wrapper(tmp_path: Path) -> None:
    names = ("x", "x.exe", "X-script.py", "x-script.py", "y")
    files = {f"{DATA}/scripts/{name}": b"old" for name in names}
    installation, problems = _plan(tmp_path, replace(DEMO, files=files, entry_points="[gui_scripts]\nx = a:b\ny = no"))
    assert problems == ""
    contents = _contents(installation)
    assert sorted(path for path in contents if "/bin/" in path) == [
        f"usr/local/bin/{n}" for n in ("X-script.py", "x", "y")
    ]
    assert b"from a import b" in contents["usr/local/bin/x"][1]


@pytest.mark.parametrize("data", ["demo-1.0.data", "Demo-1.0.data", "demo-1.data", ".data"])
def test_a_data_directory_may_be_spelled_otherwise(tmp_path: Path, data: str) -> None:
    installation, problems = _plan(tmp_path, replace(DEMO, files={f"{data}/scripts/tool": b"#!python\n"}))
    assert problems == ""
    assert "usr/local/bin/tool" in _contents(installation)


@pytest.mark.parametrize("inside", ["purelib", "platlib", "data/lib/python3.13/dist-packages"])
def test_what_the_installer_writes_is_the_installers(tmp_path: Path, inside: str) -> None:
    names = [f"{INFO}/{name}" for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")]
    files = {f"{DATA}/{inside}/{name}": b"evil" for name in [*names, "demo/__pycache__/x.cpython-313.pyc"]}
    installation, problems = _plan(tmp_path, replace(DEMO, files=files), direct=True)
    assert problems == ""
    assert not [path for path, (_, content) in _contents(installation).items() if content == b"evil"]


def test_a_directory_to_import_from(tmp_path: Path) -> None:
    files = {"demo/__init__.py": b"", f"{DATA}/scripts/tool": b"#!python\n", f"{DATA}/headers/demo.h": b""}
    installation, problems = _plan(tmp_path, replace(DEMO, files=files), InstallPlaces.directory())
    assert problems == ""
    contents = _contents(installation)
    assert contents["bin/tool"] == (0o755, b"#!/usr/bin/env python3\n")
    assert {"demo/__init__.py", "include/demo.h", f"{INFO}/METADATA"} <= set(contents)
    assert b"\nbin/tool," in b"\n" + installation.record([])


def test_other_bases_have_other_places(tmp_path: Path) -> None:
    target = dataclasses.replace(TARGET, version="3.9", executable="/usr/bin/python3.9", dist_packages="/opt/site")
    files = {f"{DATA}/headers/demo.h": b"", f"{DATA}/scripts/tool": b"#!python", "demo.py": b""}
    installation, _ = _plan(tmp_path, replace(DEMO, files=files), InstallPlaces.image(target, "demo"))
    contents = _contents(installation)
    assert contents["usr/local/bin/tool"][1] == b"#!/usr/bin/python3.9\n"
    assert {"usr/local/include/python3.9/demo/demo.h", "opt/site/demo.py"} <= set(contents)
    assert installation.record([]).decode().startswith("../../usr/local/bin/tool,")


def test_directories_in_the_zip_are_no_files(tmp_path: Path) -> None:
    installation, problems = _plan(tmp_path, replace(DEMO, extra=(Member("demo/sub/", mode=0o40755),)))
    assert problems == ""
    assert f"{SITE}/demo/sub" not in _contents(installation)
