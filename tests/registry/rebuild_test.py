"""`distroless-verify`, installed by pip, makes what was pushed again: without Bazel, of index and mirror."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_registry import RealRegistry

IMAGES = ("api", "debian12", "django", "hello", "site", "worker")
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
TOOLS = Path("tools").absolute()
CHECKOUT = (TOOLS / "pyproject.toml").resolve().parents[1]
"""The workspace: a test without a sandbox gets links to it."""


def pythons() -> dict[str, str]:
    """The Pythons of this machine that the program is for, by their version."""
    folders = [*map(Path, os.get_exec_path()), *Path(os.path.expanduser("~")).glob(".pyenv/versions/*/bin")]
    folders += [Path(root) / "versions" / name / "bin" for root, name in _pyenv()]
    found = {}
    for version in PYTHONS:
        for folder in folders:
            program = folder / f"python{version}"
            asked = [str(program), "-c", "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"]
            if program.is_file() and subprocess.run(asked, capture_output=True, text=True).stdout.strip() == version:
                found.setdefault(version, str(program))
    return found


def _pyenv() -> Iterator[tuple[str, str]]:
    root = os.environ.get("PYENV_ROOT", "/root/.pyenv")
    if os.path.isdir(f"{root}/versions"):
        yield from ((root, name) for name in sorted(os.listdir(f"{root}/versions")))


def environment() -> dict[str, str]:
    """A user's: nothing of what this test's own Python runs with."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@dataclass(frozen=True)
class Result:
    """What the program said of the images of a name."""

    code: int
    said: str
    images: list[Any]

    def statuses(self) -> list[str]:
        parts = [part for image in self.images for part in (*image["layers"], *image["documents"])]
        return [part["status"] for part in parts]


@dataclass(frozen=True)
class Program:
    """`distroless-verify` in a virtual environment."""

    path: Path
    directory: Path

    def __call__(self, image: str, *arguments: str) -> Result:
        report = self.directory / "report.json"
        report.unlink(missing_ok=True)
        archives = self.directory / "archives"
        command = [str(self.path), image, "--archives", str(archives), "--json", str(report), *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
        found = json.loads(report.read_text()) if report.exists() else []
        return Result(run.returncode, run.stdout + run.stderr, found)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rebuild")


def install(python: str, place: Path) -> Program:
    """What a user does: `pip install ./tools`, in an environment of its own."""
    venv = place / f"venv-{Path(python).name}"
    if not venv.exists():
        sources = place / "tools"
        if not sources.exists():
            shutil.copytree(TOOLS, sources, symlinks=False, ignore=shutil.ignore_patterns("__pycache__", "BUILD.bazel"))
        subprocess.run([python, "-m", "venv", str(venv)], check=True, env=environment())
        pip = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", str(sources)]
        subprocess.run(pip, check=True, env=environment())
    return Program(venv / "bin/distroless-verify", place)


@pytest.fixture(scope="session")
def program(place: Path) -> Program:
    found = pythons()
    python = found.get(".".join(map(str, sys.version_info[:2]))) or next(iter(found.values()), "")
    assert python, f"none of Python {', '.join(PYTHONS)} is on this machine"
    return install(python, place)


def test_every_layer_of_every_image(registry: RealRegistry, program: Program) -> None:
    layers, images = 0, 0
    for name in IMAGES:
        digest = registry.pushed(name, name)
        result = program(f"{registry.host}/{name}@{digest}", "--source", str(CHECKOUT))
        assert result.code == 0, result.said
        assert set(result.statuses()) == {"same bytes"}, result.said
        images += len(result.images)
        layers += sum(len(image["layers"]) for image in result.images)
    children = os.times().children_user + os.times().children_system
    print(f"\n{images} images, {layers} layers: all made again with the same bytes ({children:.0f} s of CPU)")


def test_every_python(registry: RealRegistry, place: Path) -> None:
    digest = registry.pushed("hello", "hello")
    found = pythons()
    for version, python in found.items():
        result = install(python, place)(f"{registry.host}/hello@{digest}", "--source", str(CHECKOUT))
        assert result.code == 0, result.said
        print(f"\nPython {version}: {result.said.splitlines()[-1]}")
    print("not on this machine:", ", ".join(sorted(set(PYTHONS) - found.keys())) or "none")
    assert found


def test_a_byte_of_a_layer_in_the_storage(registry: RealRegistry, program: Program) -> None:
    digest = registry.pushed("hello", "tampered")
    address = f"http://{registry.host}/v2/tampered/manifests/{digest}"
    request = urllib.request.Request(address, headers={"Accept": "application/vnd.oci.image.manifest.v1+json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        layer = json.load(answer)["layers"][3]["digest"].partition(":")[2]
    data = registry.directory / "data/docker/registry/v2/blobs/sha256" / layer[:2] / layer / "data"
    content = data.read_bytes()
    data.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
    try:
        result = program(f"{registry.host}/tampered@{digest}")
    finally:
        data.write_bytes(content)
    assert result.code == 1
    assert re.search(rf"sha256:{layer}: (the registry gives other bytes|.*digest)", result.said), result.said


def test_another_commit(registry: RealRegistry, program: Program, tmp_path: Path) -> None:
    digest = registry.pushed("hello", "hello")
    source = tmp_path / "examples/hello/hello.py"
    source.parent.mkdir(parents=True)
    source.write_text((CHECKOUT / "examples/hello/hello.py").read_text() + "# another line\n")
    result = program(f"{registry.host}/hello@{digest}", "--source", str(tmp_path))
    assert result.code == 1
    assert "app/_main/examples/hello/hello.py: size " in result.said
