"""A Debian release is one entry in the table and its lock: with both taken out and put back, an image on it starts."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nested import Nested

RELEASE = "debian14"
"""The one in preparation: its lock is made here and now, because a mirror has its files for some days only."""
TABLE = "tools/distroless_python/debian/releases.py"
STARLARK = "rules/private/config/releases.bzl"
LOCK = f"added/{RELEASE}.lock.json"
MODULE = f"""
dev.base(
    name = "added_{RELEASE}",
    lock = "//added:{RELEASE}.lock.json",
)
use_repo(dev, "added_{RELEASE}")
"""
BUILD = f"""load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "py_image")

py_binary(
    name = "serve",
    srcs = ["serve.py"],
    tags = ["manual"],
)

py_image(
    name = "image",
    base = "@added_{RELEASE}",
    binary = ":serve",
    exposed_ports = ["8000/tcp"],
    starts = True,
)
"""
PROGRAM = """import http.server
import platform

print("Python", platform.python_version(), "on", *platform.libc_ver(), flush=True)
http.server.HTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def entry(text: str) -> str:
    """The lines of the release in the table, with the comma after them."""
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    (call,) = [
        call
        for call in calls
        if ast.unparse(call.func) == "DebianRelease" and f"name='{RELEASE}'" in map(ast.unparse, call.keywords)
    ]
    lines = text.splitlines(keepends=True)[call.lineno - 1 : call.end_lineno]
    return "".join(lines)


def write_table(root: Path, text: str) -> None:
    """Steps 1 and 2 of docs/how-to/add-a-release.md."""
    (root / TABLE).write_text(text)
    command = [sys.executable, "-m", "distroless_python.debian.releases"]
    environment = {**os.environ, "PYTHONPATH": str(root / "tools")}  # not the sources that this test was built from
    made = subprocess.run(command, cwd=root / "tools", env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (root / STARLARK).write_text(made.stdout)


def digests(root: Path) -> dict[str, str]:
    """Every file of the workspace; Bazel's links and what Python caches aside."""
    paths = [path.relative_to(root) for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    kept = [path for path in paths if not {"__pycache__", ".cache"} & set(path.parts)]
    return {path.as_posix(): hashlib.sha256((root / path).read_bytes()).hexdigest() for path in kept}


@pytest.fixture(scope="module")
def changed(nested: Nested) -> set[str]:
    """What adding the release changed, in a workspace that had never heard of it."""
    root = nested.root
    text = (root / TABLE).read_text()
    write_table(root, text.replace(entry(text), ""))
    (root / "added").mkdir()
    lock = ("run", "--noshow_progress", "//tools:lock", "--", "debian", f"--release={RELEASE}", "--arch=amd64")
    output = f"--output={root / LOCK}"
    said = nested.bazel(*lock, output, succeeds=False).stderr
    assert f"invalid choice: '{RELEASE}'" in said

    before = digests(root)
    write_table(root, text)
    nested.bazel(*lock, output, "--allow-expired")
    after = digests(root)
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def test_it_is_one_entry_what_is_written_from_it_and_the_lock(changed: set[str]) -> None:
    assert changed == {TABLE, STARLARK, LOCK}


@pytest.fixture(scope="module")
def base(nested: Nested, changed: set[str]) -> None:
    """A base of the lock."""
    assert LOCK in changed
    for name, text in {"BUILD.bazel": BUILD, "serve.py": PROGRAM}.items():
        (nested.root / "added" / name).write_text(text)
    with (nested.root / "MODULE.bazel").open("a") as stream:
        stream.write(MODULE)


@pytest.mark.usefixtures("base")
def test_requirements_are_resolved_by_its_python(nested: Nested) -> None:
    folder = nested.root / "added"
    (folder / "requirements.in").write_text("idna; python_version == '3.14'\ncolorama; python_version != '3.14'\n")
    requirements, output = folder / "requirements.in", folder / "requirements_lock.txt"
    lock = ("run", "--noshow_progress", "//tools:lock", "--", "compile", str(requirements))
    nested.bazel(*lock, f"--environment={RELEASE}_amd64", f"--output={output}")
    assert "idna==" in output.read_text()
    assert "colorama" not in output.read_text()


@pytest.mark.usefixtures("base")
def test_an_image_on_it_is_built_and_starts(nested: Nested) -> None:
    target = "//added:image_starts"
    nested.bazel("test", "--noshow_progress", "--test_output=errors", "--test_env=DISTROLESS_STARTS=required", target)
    log = (nested.root / "bazel-testlogs/added/image_starts/test.log").read_text()
    assert "Python 3.14" in log
