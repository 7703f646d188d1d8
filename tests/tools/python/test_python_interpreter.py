"""The Python of a base, run here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.python.interpreter import Interpreter
from support.interpreters import VERSION, write_interpreter, write_script


def test_paths_are_below_the_directory(tmp_path: Path) -> None:
    argv = ["lib64/ld.so", "--library-path", "lib/x:usr/lib/x", "usr/bin/python3.13"]
    write_interpreter(tmp_path / "base", *argv)
    interpreter = Interpreter.of_base(tmp_path / "base")
    root = str(tmp_path / "base")
    assert interpreter.command(["-c", "x"]) == [
        f"{root}/lib64/ld.so",
        "--library-path",
        f"{root}/lib/x:{root}/usr/lib/x",
        f"{root}/usr/bin/python3.13",
        "-c",
        "x",
    ]
    assert interpreter.environment() == {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "PYTHONHOME": f"{root}/usr"}


def test_a_relative_directory_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_interpreter(tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    interpreter = Interpreter.of_base("base")
    monkeypatch.chdir("/")
    assert interpreter.version() == VERSION


def test_it_runs_with_its_own_library(tmp_path: Path) -> None:
    interpreter = Interpreter.of_base(write_interpreter(tmp_path / "base"))
    assert interpreter.runs_here()
    command = interpreter.command(["-S", "-c", "import sys, os; print(sys.prefix, sorted(os.environ))"])
    environment = {**interpreter.environment(), "LC_CTYPE": "C.UTF-8"}
    output = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout.decode()
    assert output == f"{tmp_path}/base/usr ['LC_ALL', 'LC_CTYPE', 'PYTHONHASHSEED', 'PYTHONHOME']\n"


def test_an_installed_one_has_no_home() -> None:
    interpreter = Interpreter.installed(os.path.relpath(sys.executable))
    assert interpreter.argv == (os.path.abspath(sys.executable),)
    assert "PYTHONHOME" not in interpreter.environment()
    assert interpreter.version() == VERSION


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "not a program", "#!/bin/sh\nkill -SEGV $$\n"])
def test_what_does_not_run(tmp_path: Path, text: str) -> None:
    assert not Interpreter.installed(write_script(tmp_path / "python", text)).runs_here()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read: .*No such file"),
        ("{", "cannot be read"),
        (json.dumps({"argv": ["a"]}), "missing home"),
        (json.dumps({"argv": "a", "home": "usr"}), "argv: expected"),
        ("[]", "expected an object"),
    ],
)
def test_descriptions_that_are_wrong(tmp_path: Path, text: str | None, reason: str) -> None:
    if text is not None:
        (tmp_path / "interpreter.json").write_text(text)
    with pytest.raises(ToolError, match=rf"interpreter\.json: .*{reason}|interpreter\.json: {reason}"):
        Interpreter.of_base(tmp_path)
