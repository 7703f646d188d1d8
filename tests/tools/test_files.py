"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from distroless_python.files import atomic, write_json


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    with atomic(path) as stream:
        stream.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail() -> None:
        with atomic(path) as stream:
            stream.write(b"new")
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with atomic(tmp_path / "file"):
            pass
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_name_without_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with atomic("file") as stream:
        stream.write(b"x")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_json_is_sorted(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"b": ["é"], "a": 1})
    assert (tmp_path / "x.json").read_text(encoding="utf-8") == '{"a":1,"b":["é"]}\n'
    write_json(tmp_path / "x.json", {"b": 2, "a": 1}, pretty=True)
    assert (tmp_path / "x.json").read_text() == '{\n  "a": 1,\n  "b": 2\n}\n'
