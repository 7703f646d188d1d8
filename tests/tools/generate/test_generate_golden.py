"""Golden cases, one file each below cases/ (`support.cases` has the format): a workspace, and what becomes of it.

`before: PATH` is a file of the workspace. `after: PATH` is a BUILD file as it should be after the run: only those that
the run makes or changes, so every other one has to stay byte for byte. `args` is the command line, `messages` what goes
to stderr, `stdout` what is printed. A case without a MODULE.bazel gets the one below, with the lock below.
`UPDATE_GOLDEN=1` writes what is found into `after`, `messages` and `stdout`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from distroless_python.generate.main import main
from support.buildifier import buildify
from support.cases import Case, load, render

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
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


def build_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of a workspace's files that are BUILD files."""
    return {path: text for path, text in files.items() if Path(path).name in ("BUILD", "BUILD.bazel")}


def read_files(root: Path) -> dict[str, bytes]:
    """Every file of a workspace by its path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def lay_out(case: Case, root: Path) -> None:
    """Makes the workspace of a case."""
    files = case.files("before")
    if "MODULE.bazel" not in files:
        files |= {"MODULE.bazel": MODULE.encode(), "wheels.lock.json": LOCK.encode()}
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)


def updated(case: Case, found: dict[str, bytes], messages: str, stdout: str) -> Case:
    """A case that expects what was found."""
    before = case.files("before")
    sections = {name: body for name, body in case.sections.items() if name == "args" or name.startswith("before: ")}
    sections |= {f"after: {path}": found[path] for path in sorted(found) if before.get(path) != found[path]}
    printed = {"messages": messages.encode(), "stdout": stdout.encode()}
    return Case(case.about, sections | {name: text for name, text in printed.items() if text})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = load(path)
    root = tmp_path / "example"
    lay_out(case, root)
    inputs = read_files(root)
    arguments = case.text("args").split()
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(root))
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    code = main(arguments)

    printed = capsys.readouterr()
    found = build_files(read_files(root))
    if os.environ.get("UPDATE_GOLDEN"):
        case = updated(case, found, printed.err, printed.out)
        path.write_bytes(render(case))
    assert found == build_files(inputs) | case.files("after")
    assert printed.err == case.text("messages")
    assert printed.out == case.text("stdout")
    assert case == updated(case, found, printed.err, printed.out), "no section says what goes without saying"
    assert code == (1 if "error:" in printed.err or (printed.out and "--check" in arguments) else 0)
    assert read_files(root) == inputs | found, "nothing but BUILD files is written"

    main(arguments)
    assert read_files(root) == inputs | found, "a second run changes nothing"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another cache"))
    main(arguments)
    assert read_files(root) == inputs | found, "nor does a run without a cache"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_is_what_buildifier_makes_of_it(path: Path) -> None:
    """Unless it was written by hand in another form, which stays."""
    case = load(path)
    for name, text in case.files("after").items():
        before = case.files("before").get(name, b"").decode()
        if before == buildify(before):
            assert text.decode() == buildify(text.decode()), name
