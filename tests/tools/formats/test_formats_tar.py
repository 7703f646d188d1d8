"""Headers of tar entries, read back by Python's tarfile."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from distroless_python.formats import tar
from support.properties import patient

_SEGMENT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1, max_size=120)
_PATH = st.lists(_SEGMENT.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4).map("/".join)


def _read(header: bytes) -> tarfile.TarInfo:
    with tarfile.open(fileobj=io.BytesIO(header + tar.END), mode="r|", encoding="utf-8") as archive:
        member = archive.next()
    assert member is not None
    return member


@patient
@given(_PATH, st.integers(0, 0o7777), st.integers(0, 8**11 + 5), st.integers(0, 2**31), st.integers(0, 2**31))
@example("d/" * 60 + "n" * 90, 0o644, 8**11, 65532, 8**7)
@example("x" * 100, 0o644, 8**11 - 1, 8**7 - 1, 0)
@example("x" * 101, 0o644, 0, 0, 0)
@example("a" * 156 + "/b", 0o644, 0, 0, 0)
def test_a_file_reads_back(path: str, mode: int, size: int, uid: int, gid: int) -> None:
    header = tar.TarHeader(path, tar.FILE, mode, size, uid=uid, gid=gid).encode()
    member = _read(header)
    assert len(header) % tar.BLOCK == 0
    assert (member.name, member.mode, member.size, member.uid, member.gid) == (path, mode, size, uid, gid)
    assert (member.type, member.mtime, member.uname, member.gname) == (tarfile.REGTYPE, 0, "", "")


@patient
@given(_PATH, _PATH)
@example("a", "t" * 100)
@example("a", "t" * 101)
def test_links_read_back(path: str, target: str) -> None:
    link = _read(tar.TarHeader(path, tar.LINK, 0o777, target=target).encode())
    hard = _read(tar.TarHeader(path, tar.HARDLINK, 0o644, target=target).encode())
    assert (link.type, link.name, link.linkname) == (tarfile.SYMTYPE, path, target)
    assert (hard.type, hard.name, hard.linkname) == (tarfile.LNKTYPE, path, target)


@pytest.mark.parametrize("path", ["a/", "é/", "d" * 120 + "/", "d/" * 90])
def test_a_directory_reads_back(path: str) -> None:
    member = _read(tar.TarHeader(path, tar.DIRECTORY, 0o1777).encode())
    assert (member.type, member.name, member.mode) == (tarfile.DIRTYPE, path.rstrip("/"), 0o1777)


def test_a_short_path_needs_one_block() -> None:
    assert len(tar.TarHeader("p" * 100, tar.FILE, 0o644).encode()) == tar.BLOCK
    assert len(tar.TarHeader("d" * 155 + "/" + "n" * 100, tar.FILE, 0o644).encode()) == tar.BLOCK


@pytest.mark.parametrize(("size", "zeros"), [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)])
def test_padding_fills_the_block(size: int, zeros: int) -> None:
    assert tar.padding(size) == bytes(zeros)
