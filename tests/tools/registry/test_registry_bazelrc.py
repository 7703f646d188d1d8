"""Options about caches in Bazel's configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.registry import bazelrc


def read(directory: Path, text: str, *configs: str) -> bazelrc.Flags:
    (directory / ".bazelrc").write_text(text)
    return bazelrc.read([directory / ".bazelrc", directory / "none"], directory, configs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("build --remote_cache=a", "a"),
        ("build --remote_cache a --jobs 3", "a"),
        ("build --remote_cache=a\nbuild --remote_cache=b", "b"),
        ("run --remote_cache=a\ncommon --remote_cache=b", "a"),
        ("test --remote_cache=a", ""),
        ("# build --remote_cache=a", ""),
        ("build --remote_cache='a b' # why", "a b"),
        ("build \\\n  --remote_cache=a", "a"),
        ("build 'unfinished\nbuild --remote_cache=a", "a"),
        ("build:ci --remote_cache=a", ""),
        ("build:ci --remote_cache=a\ncommon --config=ci", "a"),
        ("build:ci --config=other\ncommon:other --remote_cache=a\nbuild --config ci", "a"),
        ("build:ci --config=ci --remote_cache=a\nbuild --config=ci", "a"),
        ("try-import %workspace%/nowhere\nbuild --remote_cache=a", "a"),
    ],
)
def test_the_last_value(tmp_path: Path, text: str, expected: str) -> None:
    assert read(tmp_path, text).get("remote_cache") == expected


def test_values_that_add_up(tmp_path: Path) -> None:
    (tmp_path / "user.bazelrc").write_text("build --remote_header=a=1\n")
    text = "try-import %workspace%/user.bazelrc\nbuild --remote_header=b=2\nbuild:ci --remote_header c=3\n"
    assert read(tmp_path, text, "ci").lists == {"remote_header": ["a=1", "b=2", "c=3"]}


def test_files_that_import_each_other(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="files import each other without an end"):
        read(tmp_path, "import %workspace%/.bazelrc")
