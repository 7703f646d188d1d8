"""Golden folders: `before` is a workspace, `after` has its BUILD files as they should be.

BUILD files are called `BUILD.in` and `BUILD.out` here (`BUILD.plain.in` is one called BUILD), MODULE.bazel is
`MODULE.bazel.in`, or Bazel would take them for its own. Beside them:
`about.txt` (what is shown), `args.txt` (the command line), `expected.txt` (messages) and `stdout.txt`. A case without
a MODULE.bazel gets the one below. `UPDATE_GOLDEN=1` writes what is found.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from distroless_python.generate.main import main
from support.buildifier import buildify

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in GOLDEN.iterdir() if (path / "before").is_dir())
NAMES = {"BUILD.in": "BUILD.bazel", "BUILD.plain.in": "BUILD"}
MODULE = """module(name = "example")

bazel_dep(name = "rules_distroless_python", version = "0.1.0")
bazel_dep(name = "rules_python", version = "1.4.1")

distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.wheels(
    name = "pypi",
    lock = "//:wheels.lock.json",
)
use_repo(distroless, "pypi")
"""
LOCK = """{"format": 1, "kind": "wheels", "environments": {"debian13_amd64": {"python": "3.13"}}, "distributions": {
"asgiref": [{"top_level": ["asgiref"], "direct": false}],
"attrs": [{"top_level": ["attr", "attrs"], "direct": true}],
"boto3": [{"top_level": ["boto3"], "direct": true}],
"boto3-stubs": [{"top_level": ["boto3-stubs"], "direct": true}],
"django": [{"top_level": ["django"], "direct": true}],
"fastapi": [{"top_level": ["fastapi"], "direct": true}],
"flask": [{"top_level": ["flask"], "direct": true}],
"google-api-core": [{"top_level": ["google.api_core"], "direct": false}],
"google-cloud-storage": [{"top_level": ["google.cloud.storage", "google.cloud.storage_v1"], "direct": true}],
"gunicorn": [{"top_level": ["gunicorn"], "direct": true}],
"pytest": [{"top_level": ["_pytest", "py", "pytest"], "direct": true}],
"pytest-asyncio": [{"top_level": ["pytest_asyncio"], "direct": true}],
"pytest-django": [{"top_level": ["pytest_django"], "direct": true}],
"pytest-mock": [{"top_level": ["pytest_mock"], "direct": true}],
"python-dateutil": [{"top_level": ["dateutil"], "direct": true}],
"pyyaml": [{"top_level": ["_yaml", "yaml"], "direct": true}],
"requests": [{"top_level": ["requests"], "direct": true}],
"types-requests": [{"top_level": ["requests-stubs"], "direct": true}],
"uvicorn": [{"top_level": ["uvicorn"], "direct": true}]
}}
"""


def build_files(root: Path) -> dict[str, str]:
    """Every BUILD file of a workspace by its path."""
    paths = (path for name in ("BUILD", "BUILD.bazel") for path in root.rglob(name))
    return {path.relative_to(root).as_posix(): path.read_text() for path in paths}


def lay_out(case: str, root: Path) -> list[str]:
    """Makes the workspace of a case; returns its command line."""
    shutil.copytree(GOLDEN / case / "before", root)
    for path in list(root.rglob("*.in")):
        path.rename(path.with_name(NAMES.get(path.name, path.name[: -len(".in")])))
    if not (root / "MODULE.bazel").exists():
        (root / "MODULE.bazel").write_text(MODULE)
        (root / "wheels.lock.json").write_text(LOCK)
    arguments = GOLDEN / case / "args.txt"
    return arguments.read_text().split() if arguments.exists() else []


def expectation(case: str, name: str, found: str) -> str:
    """What a case's file says; with UPDATE_GOLDEN it is made to say what was found."""
    path = GOLDEN / case / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(found)
        if not found:
            path.unlink()
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "example"
    arguments = lay_out(case, root)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(root))
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    code = main(arguments)

    printed = capsys.readouterr()
    found = build_files(root)
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(GOLDEN / case / "after", ignore_errors=True)
        for path, text in found.items():
            target = GOLDEN / case / "after" / (path[: -len(".bazel")] if path.endswith(".bazel") else f"{path}.plain")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.with_name(f"{target.name}.out").write_text(text)
    expected = {}
    for file in (GOLDEN / case / "after").rglob("*.out"):
        name = file.relative_to(GOLDEN / case / "after").as_posix()[: -len(".out")]
        expected[name[: -len(".plain")] if name.endswith(".plain") else f"{name}.bazel"] = file.read_text()
    assert found == expected
    assert printed.err == expectation(case, "expected.txt", printed.err)
    assert printed.out == expectation(case, "stdout.txt", printed.out)
    assert code == (1 if "error:" in printed.err or (printed.out and "--check" in arguments) else 0)

    main(arguments)
    assert build_files(root) == found, "a second run changes nothing"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    main(arguments)
    assert build_files(root) == found, "nor does a run without a cache"


@pytest.mark.parametrize("case", CASES)
def test_golden_is_what_buildifier_makes_of_it(case: str) -> None:
    for path in (GOLDEN / case / "after").rglob("*.out"):
        before = GOLDEN / case / "before" / path.relative_to(GOLDEN / case / "after").with_suffix(".in")
        if not before.exists() or before.read_text() != path.read_text():
            assert path.read_text() == buildify(path.read_text()), path
