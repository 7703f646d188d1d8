"""The BUILD files of the examples are what the generator makes of them, with and without those that are there."""

from __future__ import annotations

from pathlib import Path

import pytest
from nested import Nested, workspace

from distroless_python.generate.main import main

BY_HAND = {"examples/django/BUILD.bazel", "examples/monorepo/services/worker/BUILD.bazel"}
"""BUILD files with lines that the generator leaves, and does not write by itself."""


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)


def build_files(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.glob("examples/**/BUILD.bazel"))
    }


def test_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace()))
    code = main(["--check"])
    printed = capsys.readouterr()
    assert (code, printed.out, printed.err) == (0, "", "")


def test_without_build_files_the_same_ones_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Nested.create(tmp_path).root
    committed = build_files(root)
    assert len(committed) > 10
    for path in committed:
        (root / path).unlink()

    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(root))
    assert main([]) == 0

    found = build_files(root)
    assert found.keys() == committed.keys()
    assert {path for path in found if found[path] != committed[path]} == BY_HAND
