"""`image-run`: an image's program in an engine that is a script, and in a real sandbox."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import image_run
from distroless_python.engine.engine import Engine
from distroless_python.errors import ToolError
from distroless_python.sandbox import unpacked_layers
from support.runnable import RunnableImage

PROGRAM = b"""
import os, signal, sys, time

def stop(number, frame):
    print("stopped by", signal.Signals(number).name, flush=True)
    sys.exit(4)

signal.signal(signal.SIGINT, stop)
print(sys.argv[1:], os.environ.get("OWN"), os.getuid(), flush=True)
if sys.argv[1:] == ["wait"]:
    time.sleep(60)
"""
CONFIG: dict[str, Any] = {"ExposedPorts": {"8000/tcp": {}, "53/udp": {}}}

needs_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> RunnableImage:
    directory = tmp_path_factory.mktemp("run")
    files = {"app/_main/server.py": PROGRAM}
    return RunnableImage(directory, files, ["wait"], env={"OWN": "image"}, stop_signal="SIGINT")


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONTAINER_TOOL", "sandbox")
    monkeypatch.setenv("TEST_TMPDIR", str(tmp_path))
    monkeypatch.setenv(unpacked_layers.VARIABLE, "")


def run(image: RunnableImage, *arguments: str) -> int:
    return image.run(image_run.main, *arguments, image_label="//app:image")


@needs_bubblewrap
def test_other_arguments_and_variables(image: RunnableImage, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(image, "--env", "OWN=mine", "--", "--verbose", "x") == 0
    said = capfd.readouterr()
    assert said.out == "['--verbose', 'x'] mine 65532\n"
    assert said.err == "the sandbox runs it; Ctrl-C stops it\n"
    assert list(tmp_path.iterdir()) == []


@needs_bubblewrap
def test_it_is_stopped_by_the_images_signal(image: RunnableImage) -> None:
    run_it = "import sys; from distroless_python.actions import image_run; sys.exit(image_run.main(sys.argv[1:]))"
    assert run(image, "no", "--fast") == 0  # writes the manifest
    manifest = str(image.directory / "test.json")
    environment = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", run_it, manifest], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"['wait'] image 65532\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == b"stopped by SIGINT\n"
    assert process.returncode == 4


def test_no_engine_and_no_bubblewrap(
    image: RunnableImage, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONTAINER_TOOL")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ToolError, match=r"//app:test: running an image without Docker and Podman needs bubblewrap"):
        run(image)
    assert "no container engine takes the image (docker: not on the PATH" in capfd.readouterr().err
    monkeypatch.setenv("CONTAINER_TOOL", "podman")
    with pytest.raises(ToolError, match="podman: not on the PATH"):
        run(image)


@pytest.mark.parametrize("text", ["", "=x", "NOT_SET_ANYWHERE"])
def test_variables_without_a_value(image: RunnableImage, text: str) -> None:
    with pytest.raises(ToolError, match=r"//app:test: --env '.*' has no value here\n.*write --env NAME=VALUE"):
        run(image, "--env", text)


def test_the_engines_command_line() -> None:
    command = image_run.engine_command(
        Engine("/usr/bin/docker", "amd64"), "localhost/app:run", CONFIG, {"A": "b c"}, ["--fast"], terminal=True
    )
    assert command == [
        *("/usr/bin/docker", "run", "--rm", "--interactive", "--tty", "--read-only", "--tmpfs=/tmp"),
        *("--publish=127.0.0.1:8000:8000", "--env=A=b c", "localhost/app:run", "--fast"),
    ]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("//app:image", "localhost/app/image:run"),
        ("//Some/Team_A:image.v2", "localhost/some/team-a/image-v2:run"),
        ("//:image", "localhost/image:run"),
        ("@@other~1.0//x:y", "localhost/other-1-0/x/y:run"),
    ],
)
def test_names_in_engines(label: str, name: str) -> None:
    assert image_run.engine_name(label) == name


@needs_bubblewrap
def test_an_engine_gets_the_image_and_runs_it(
    image: RunnableImage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = tmp_path / "docker"
    engine.write_text(
        f"#!{sys.executable} -I\nimport os, pathlib, sys\n"
        "if sys.argv[1] == 'info':\n    print('x86_64' if os.uname().machine == 'x86_64' else 'aarch64')\n"
        "if sys.argv[1] == 'load':\n    pathlib.Path(sys.argv[0] + '.tar').write_bytes(sys.stdin.buffer.read())\n"
    )
    engine.chmod(0o755)
    monkeypatch.setenv("CONTAINER_TOOL", str(engine))
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: started.append(command))
    run(image, "--", "x")
    assert started[0][-2:] == ["localhost/app/image:run", "x"]
    assert b"localhost/app/image:run" in (tmp_path / "docker.tar").read_bytes()
