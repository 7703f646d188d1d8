"""Unpacking source distributions, hostile ones too."""

from __future__ import annotations

import contextlib
import gzip
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.sdist import source
from support.layouts import member, tar
from support.properties import patient


def sdist(path: Path, entries: list[tuple[tarfile.TarInfo, bytes] | tarfile.TarInfo]) -> Path:
    path.write_bytes(gzip.compress(tar(entries)))
    return path


def test_what_is_in_its_one_directory(tmp_path: Path) -> None:
    path = sdist(
        tmp_path / "x-1.tar.gz",
        [
            (member("x-1/setup.py", mode=0o600), b"setup"),
            (member("x-1/configure", mode=0o777), b"#!/bin/sh"),
            member("x-1/link", tarfile.SYMTYPE, linkname="setup.py"),
            member("x-1/gone", tarfile.SYMTYPE, linkname="nowhere"),
            member("x-1/out", tarfile.SYMTYPE, linkname="/etc/passwd"),
        ],
    )
    source.unpack(str(path), str(tmp_path / "out"))
    found = {p.name: (p.read_bytes(), p.stat().st_mode & 0o777) for p in (tmp_path / "out").iterdir()}
    assert found == {"setup.py": (b"setup", 0o644), "configure": (b"#!/bin/sh", 0o755), "link": (b"setup", 0o644)}


def test_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x-1.zip", "w") as archive:
        archive.writestr("x-1/src/a.c", "int a;")
    source.unpack(str(tmp_path / "x-1.zip"), str(tmp_path / "out"))
    assert (tmp_path / "out/src/a.c").read_bytes() == b"int a;"


@pytest.mark.parametrize("name", ["/etc/x", "x/../../y", "x\\y", "../x"])
def test_a_name_that_leaves(tmp_path: Path, name: str) -> None:
    path = sdist(tmp_path / "x-1.tar.gz", [(member(name), b"")])
    with pytest.raises(ToolError, match="its name leaves the directory"):
        source.unpack(str(path), str(tmp_path / "out"))
    assert {p.name for p in tmp_path.iterdir()} <= {"x-1.tar.gz", "out"}


def test_links_are_followed_as_far_as_linux_follows_them(tmp_path: Path) -> None:
    chain = [member(f"x-1/{n}", tarfile.SYMTYPE, linkname=str(n - 1)) for n in range(1, 5000)]
    loop = [member("x-1/a", tarfile.SYMTYPE, linkname="b"), member("x-1/b", tarfile.SYMTYPE, linkname="a")]
    hard = member("x-1/hard", tarfile.LNKTYPE, linkname="x-1/0")
    path = sdist(tmp_path / "x-1.tar.gz", [(member("x-1/0"), b"x"), *chain, *loop, hard])
    source.unpack(str(path), str(tmp_path / "out"))
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*map(str, range(40)), "hard"}


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_SIZE", 10)
    path = sdist(tmp_path / "x-1.tar.gz", [(member("x-1/a"), b"x" * 11)])
    with pytest.raises(ToolError, match="more than 10 bytes unpacked"):
        source.unpack(str(path), str(tmp_path / "out"))


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"no tar" * 200), gzip.compress(b"")[:-4]])
def test_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x-1.tar.gz").write_bytes(data)
    with pytest.raises(ToolError, match=r"x-1\.tar\.gz: (damaged|it is empty)"):
        source.unpack(str(tmp_path / "x-1.tar.gz"), str(tmp_path / "out"))


@patient
@given(data=st.data())
def test_any_damage_is_an_error_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    packed = bytearray(tar([(member("x-1/setup.py"), b"setup"), (member("x-1/b/c"), b"c" * 600)]))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    (folder / "x.tar.gz").write_bytes(gzip.compress(bytes(packed), 1))
    with contextlib.suppress(ToolError):
        source.unpack(str(folder / "x.tar.gz"), str(folder / "out" / "in"))
    assert {p.name for p in folder.iterdir()} <= {"x.tar.gz", "out"}
