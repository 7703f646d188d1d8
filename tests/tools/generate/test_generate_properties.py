"""What holds for any workspace: one run is enough, and what was written by hand survives it."""

from __future__ import annotations

import ast
import os
import tempfile
from pathlib import Path
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.generate.main import main

MODULE = """module(name = "w")
bazel_dep(name = "rules_distroless_python", version = "0.1.0")
bazel_dep(name = "rules_python", version = "1.4.1")
distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.wheels(name = "pypi", lock = "lock.json")
"""
LOCK = """{"format": 1, "kind": "wheels", "environments": {}, "distributions": {
"django": [{"top_level": ["django"], "direct": true}],
"flask": [{"top_level": ["flask"], "direct": true}], "gunicorn": [{"top_level": ["gunicorn"], "direct": true}],
"pytest": [{"top_level": ["pytest"], "direct": true}], "requests": [{"top_level": ["requests"], "direct": true}],
"types-requests": [{"top_level": ["requests-stubs"], "direct": true}]}}"""

FOLDERS = ["", "a", "b", "a/b", "a/tests", "src", "src/c"]
FILES = ["__init__.py", "__main__.py", "m.py", "n.py", "a.py", "test_m.py", "n_test.py", "conftest.py", "m.pyi"]
FILES += ["manage.py", "image_test.py"]
LINES = [
    "import requests",
    "import flask",
    "import a.m",
    "from a.b import n",
    "from . import m",
    "from .n import x",
    "import b.m as other",
    "import c.m",
    "import missing",
    "import json",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a.b.m",
    "if __name__ == '__main__':\n    print()",
    "from flask import Flask\napp = Flask('x')",
    "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'a.n')",
    "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()",
    "import unittest",
    "# distroless:port 9000",
    "# gazelle:include_dep //x:y",
    "def f(:",
]
DIRECTIVES = [
    "# gazelle:python_generation_mode file",
    "# gazelle:python_generation_mode project",
    "# gazelle:python_root",
    "# gazelle:python_extension disabled",
    "# gazelle:python_library_naming_convention $package_name$_lib",
    "# gazelle:python_generate_pyi_deps false",
    "# distroless:base @python3_debian13",
    "# distroless:image off",
]
BY_HAND = [
    'filegroup(name = "files", srcs = ["x.txt"])  # files',
    '# about it\nmagic(name = "magic", deps = ["//z", "//y"], other = {"k": [1, 2]})',
    "CONSTANT = [1, 2]  # constant",
    'load("//tools:magic.bzl", "magic")',
    "[magic(name = n) for n in CONSTANT]",
    "# a comment of its own\n",
]
RULES = [
    'py_library(name = "mine", srcs = ["m.py"], tags = ["hand"])',
    'py_library(name = "mine", srcs = ["m.py", "gone.py"], deps = ["//kept:kept"])  # keep: all',
    'py_library(name = "mine", srcs = glob(["*.py"]), data = ["x.txt"])',
    'py_test(name = "test_m", srcs = ["test_m.py"], size = "small")',
    'py_library(name = "mine", srcs = ["n.py"] + select({"//c:d": ["m.py"]}), deps = ["//k:k",  # keep\n])',
]


@st.composite
def workspaces(draw: st.DrawFn) -> dict[str, str]:
    """Files of a workspace by their paths."""
    files = {"MODULE.bazel": MODULE, "lock.json": LOCK}
    for folder in draw(st.lists(st.sampled_from(FOLDERS), max_size=5, unique=True)):
        prefix = f"{folder}/" if folder else ""
        for name in draw(st.lists(st.sampled_from(FILES), max_size=4, unique=True)):
            files[prefix + name] = "\n".join(draw(st.lists(st.sampled_from(LINES), max_size=3))) + "\n"
        if draw(st.booleans()):
            parts = draw(st.lists(st.sampled_from([*DIRECTIVES, *BY_HAND, *RULES]), max_size=4, unique=True))
            names = {part.split('"')[1] for part in parts if part.startswith("py_")}
            parts = [part for part in parts if not part.startswith("py_") or part.split('"')[1] in names]
            files[prefix + "BUILD.bazel"] = "\n\n".join(parts) + "\n"
    return files


def generate(root: Path, *arguments: str) -> int:
    """One run, with messages and cache out of the way."""
    environment = {"BUILD_WORKSPACE_DIRECTORY": str(root), "XDG_CACHE_HOME": str(root.parent / "cache")}
    with mock.patch.dict(os.environ, environment), mock.patch("sys.stderr"), mock.patch("sys.stdout"):
        return main(list(arguments))


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def read_builds(root: Path) -> dict[str, str]:
    return {p.relative_to(root).as_posix(): p.read_text() for p in root.rglob("BUILD.bazel")}


@settings(max_examples=40, deadline=None)
@given(workspaces(), st.booleans())
def test_one_run_is_enough(files: dict[str, str], with_cache: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "w")
        write(root, files)
        code = generate(root)
        first = read_builds(root)
        if not with_cache:
            for cached in Path(name).glob("cache/*/*"):
                cached.unlink()
        assert generate(root) == code
        assert read_builds(root) == first
        assert generate(root, "--check") == code


@settings(max_examples=40, deadline=None)
@given(workspaces(), st.sampled_from(["a/m.py", "a/b/n.py", "b/m.py", "m.py"]), st.sampled_from(LINES))
def test_a_cache_makes_no_difference(files: dict[str, str], changed: str, line: str) -> None:
    """A run after a change, with all that earlier runs remember, does what a run without memory does."""
    with tempfile.TemporaryDirectory() as name:
        root, other = Path(name, "w"), Path(name, "other/w")
        write(root, files)
        generate(root)
        write(root, {changed: line + "\n"})
        write(other, {**files, **read_builds(root), changed: line + "\n"})
        assert generate(root) == generate(other)
        assert read_builds(root) == read_builds(other)


@settings(max_examples=40, deadline=None)
@given(workspaces())
def test_what_is_written_by_hand_survives(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name, "w")
        write(root, files)
        generate(root)
        after = read_builds(root)
        for path, text in files.items():
            if path.endswith("BUILD.bazel"):
                for part in [*DIRECTIVES, *BY_HAND]:
                    if part in text:
                        assert _essence(part) <= _essence(after[path]), part
                for mark in ('"hand"', '"x.txt"', '"small"', "# keep", "//k", "//c:d", "glob("):
                    assert (mark in text) <= (mark in after[path]) or _is_gone(files, path, text), mark


def _is_gone(files: dict[str, str], path: str, text: str) -> bool:
    """Whether a rule of this BUILD file has no source left, so that it may go."""
    folder = path.rpartition("/")[0]
    sources = {f"{folder}/{n}".lstrip("/") for n in ("m.py", "test_m.py", "n.py") if f'"{n}"' in text}
    return not sources <= set(files)


def _essence(text: str) -> set[str]:
    """The statements of a text, without their layout, and its comments."""
    statements = {
        ast.dump(_plain(node)) for node in ast.parse(text).body if not ast.unparse(node).startswith(("py_", "load"))
    }
    return statements | {line.strip() for line in text.splitlines() if line.startswith("#") and "keep" not in line}


def _plain(node: ast.stmt) -> ast.stmt:
    """With the arguments and lists in order, as buildifier sorts both."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            call.keywords.sort(key=lambda keyword: keyword.arg or "")
            for keyword in call.keywords:
                if keyword.arg == "deps" and isinstance(keyword.value, ast.List):
                    keyword.value.elts.sort(key=ast.dump)
    return node
