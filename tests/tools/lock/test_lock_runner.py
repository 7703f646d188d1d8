"""Under which Python pip-compile runs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from distroless_python.errors import ToolError
from distroless_python.lock import runner
from distroless_python.lock.environments import parse
from distroless_python.lock.runner import ImagePython, PipCompile, image_pythons
from distroless_python.python.interpreter import Interpreter


def _image_python(version: str, *, runs_pip_tools: bool = True) -> ImagePython:
    return ImagePython(
        Path("/image"), Interpreter(("/image/ld.so", "/image/python"), "/image/usr"), version, runs_pip_tools
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What is started instead of pip-compile: command lines and environments."""
    commands: list[tuple[list[str], dict[str, str]]] = []

    def run(command: Sequence[str], *, env: dict[str, str], **more: Any) -> subprocess.CompletedProcess[str]:
        launcher = next((word for word in command if word.startswith("--executable=")), "")
        script = Path(launcher.partition("=")[2]).read_text() if launcher else ""
        commands.append((list(command), {**env, "launcher": script}))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr("distroless_python.lock.runner.subprocess.run", run)
    return commands


def _run(python: ImagePython | None, environment: str) -> None:
    pip_compile = PipCompile((python,) if python else ())
    pip_compile(parse(environment), Path("lock.txt"), ["--quiet", "requirements.in"], Path("/folder"))


def test_the_images_own_python_runs_pip_tools(started: list[tuple[list[str], dict[str, str]]]) -> None:
    _run(_image_python("3.13.5"), "debian13_arm64")
    ((command, variables),) = started
    assert command[:5] == ["/image/ld.so", "/image/python", "-B", "-m", "distroless_python.lock.pip_compile"]
    assert {"--environment=debian13_arm64", "--python-full-version=3.13.5", "--directory=/folder"} <= set(command)
    assert command[-2:] == ["--quiet", "requirements.in"]
    assert "--generate-hashes" in command[command.index("--") :]
    assert {"--base=/image", "--base-python=/python"} <= set(command)
    assert variables["PYTHONHOME"] == "/image/usr"
    assert variables["launcher"] == '#!/bin/sh\nexec /image/ld.so /image/python "$@"\n'
    assert os.environ["PATH"] == variables["PATH"]


def test_a_python_that_pip_tools_has_left_behind_says_its_version(
    started: list[tuple[list[str], dict[str, str]]],
) -> None:
    _run(_image_python("3.9.2", runs_pip_tools=False), "debian11_amd64")
    ((command, variables),) = started
    assert command[0] == sys.executable
    assert "--python-full-version=3.9.2" in command
    assert "PYTHONHOME" not in variables


@pytest.mark.parametrize("environment", ["debian12_amd64", "python3.13_amd64", "python3.13_macos_arm64"])
def test_the_python_of_another_image_or_machine_is_not_asked(
    started: list[tuple[list[str], dict[str, str]]], environment: str
) -> None:
    _run(_image_python("3.13.5"), environment)
    ((command, _),) = started
    assert command[0] == sys.executable
    assert not [word for word in command if word.startswith("--python-full-version")]


def test_without_a_base_this_python_runs_it(started: list[tuple[list[str], dict[str, str]]]) -> None:
    _run(None, "debian13_amd64")
    ((command, variables),) = started
    assert command[0] == sys.executable
    tools = Path(runner.__file__).resolve().parents[2]
    assert variables["PYTHONPATH"].split(os.pathsep)[0] == str(tools)


def _base(folder: Path, executable: str) -> Path:
    """An `interpreter/` directory whose Python is one of this machine."""
    (folder / "usr").symlink_to(sys.base_prefix)
    (folder / "python").symlink_to(executable)
    (folder / "interpreter.json").write_text(json.dumps({"argv": ["python"], "home": "usr"}))
    return folder


def test_the_python_of_a_base_is_asked_for_its_version(tmp_path: Path) -> None:
    (python,) = image_pythons([_base(tmp_path, getattr(sys, "_base_executable", sys.executable))])
    assert python.full_version == platform.python_version()
    assert python.python == sys.version_info[:2]
    assert python.runs_pip_tools is True


def test_a_base_that_does_not_run_here_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert image_pythons([_base(tmp_path, "/dev/null")]) == ()
    assert f"{tmp_path}: does not run on this machine" in capsys.readouterr().err


def test_a_folder_that_is_no_interpreter(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"interpreter.json: cannot be read"):
        image_pythons([tmp_path])
