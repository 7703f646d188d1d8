"""Reading zips: what Python's zipfile reads comes out the same, and nothing hostile gets through."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.errors import Collector, ToolError
from distroless_python.formats import zip_archive
from distroless_python.formats.source import PIECE
from distroless_python.formats.zip_archive import ZipArchive, check
from distroless_python.formats.zip_member import DeflatedMember
from support.outcomes import outcome
from support.properties import patient
from support.wheels import SYMLINK, Member, deflate, write_zip

_NOISE = random.Random(2).randbytes(1 << 20)


def _open(tmp_path: Path, *members: Member) -> ZipArchive:
    return ZipArchive(write_zip(tmp_path / "demo.whl", members), "demo.whl")


def _problems(archive: ZipArchive) -> str:
    problems = Collector()
    check(archive, problems)
    return "\n".join(map(str, problems))


def _read(archive: ZipArchive) -> dict[str, bytes]:
    return {member.name: member.read() for member in archive.members}


@settings(patient, max_examples=40)
@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=33, max_codepoint=1000, blacklist_characters="\\/:."), min_size=1),
        st.one_of(st.binary(max_size=200), st.integers(0, 300_000).map(lambda size: _NOISE[:size])),
        min_size=1,
        max_size=5,
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_what_zipfile_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], method: int
) -> None:
    path = tmp_path_factory.mktemp("zip") / "x.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = b"a comment"
    read = ZipArchive(path, "x.zip")
    assert _read(read) == files
    assert _problems(read) == ""


def test_streamed_zips_have_their_sizes_in_the_directory(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.txt", b"text" * 1000)
    (tmp_path / "x.zip").write_bytes(pipe.data)
    assert _read(ZipArchive(tmp_path / "x.zip", "x")) == {"a/b.txt": b"text" * 1000}


def test_zip64_declarations_are_read(tmp_path: Path) -> None:
    archive = _open(tmp_path, Member("a", b"a" * 100, zip64=True), Member("b", b"b", zip64=True))
    assert [(member.size, member.offset > 0) for member in archive.members] == [(100, False), (1, True)]
    assert _read(archive) == {"a": b"a" * 100, "b": b"b"}


def test_long_local_extra_fields_are_skipped(tmp_path: Path) -> None:
    archive = _open(tmp_path, Member("a", b"a", extra=b"\x99\x99\x90\x01" + bytes(400)), Member("b", b"b"))
    assert _read(archive) == {"a": b"a", "b": b"b"}


@pytest.mark.parametrize("size", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
@pytest.mark.parametrize("compressible", [True, False])
def test_pieces_are_bounded(tmp_path: Path, size: int, compressible: bool) -> None:
    data = bytes(size) if compressible else (_NOISE * 2)[:size]
    archive = _open(tmp_path, Member("a", data))
    member = archive.members[0]
    assert isinstance(member, DeflatedMember)
    pairs = list(member.pairs())
    assert b"".join(plain for _, plain in pairs) == data
    assert b"".join(packed for packed, _ in pairs) == deflate(data)
    assert max(len(plain) for _, plain in pairs) <= PIECE
    assert member.read() == data


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.py", "its name leaves the prefix (..)"),
        ("a/../../evil.py", "its name leaves the prefix (..)"),
        ("/etc/passwd", "its name is absolute"),
        ("C:/x.py", "its name is absolute"),
        ("a\\b.py", "its name holds a backslash"),
        ("a\0b.py", "its name holds a NUL character"),
        (".wh.app", "its name starts with .wh., by which a layer removes files of others"),
        ("demo/.wh..wh..opq", "its name starts with .wh."),
        ("demo/.wh.x/y.py", "its name starts with .wh."),
        ("demo/" + "x" * 256, "a part of its name has 256 bytes; file systems take 255"),
        ("demo/" + "ä" * 128, "a part of its name has 256 bytes"),
        ("/".join(["d" * 200] * 20), "its name has 4019 bytes; 3840 are possible"),
        ("a//b.py", "its name has an empty part or a part '.'"),
        ("./b.py", "its name has an empty part or a part '.'"),
        ("", "its name has an empty part or a part '.'"),
        ("a/..", "its name leaves the prefix (..)"),
    ],
)
def test_names_that_leave_the_prefix(tmp_path: Path, name: str, reason: str) -> None:
    assert reason in _problems(_open(tmp_path, Member(name)))


@pytest.mark.parametrize("name", ["a..b/c", "...", "a/.b", "ab:c", ".hidden"])
def test_odd_names_that_are_fine(tmp_path: Path, name: str) -> None:
    assert _problems(_open(tmp_path, Member(name))) == ""


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([Member("a", b"/etc/passwd", SYMLINK)], "a: is a symbolic link, which wheels cannot have"),
        ([Member("a", mode=0o020666)], "a: is neither a file nor a directory (mode 20666)"),
        ([Member("a", b"1"), Member("a", b"2")], "a: there is more than one member of this name"),
        ([Member("a", b"1"), Member("a/b", b"2")], "a: is a file, and a directory too, for it holds a/b"),
        ([Member("a/b/c"), Member("a", b"1")], "a: is a file, and a directory too, for it holds a/b/c"),
        ([Member("a/", mode=0o40755), Member("a", b"1")], "a: is a file, and a directory too, for it holds a/"),
        ([Member("a/", b"data")], "a/: is a directory that holds 4 bytes"),
        ([Member("a", flags=1)], "a: is encrypted"),
        ([Member("a", method=12)], "a: is compressed by method 12; wheels are stored (0) or deflated (8)"),
        ([Member("a", b"12345", method=0, size=4)], "a: is stored in 5 bytes and declares 4"),
        ([Member("a", _NOISE[:99]), Member("b", offset=0)], "a: its 104 bytes overlap the member b"),
        ([Member("a", b"1", packed_size=500)], "a: its 500 bytes overlap the zip's directory"),
    ],
)
def test_declarations_that_are_wrong(tmp_path: Path, members: list[Member], expected: str) -> None:
    assert f"demo.whl: {expected}" in _problems(_open(tmp_path, *members))


@pytest.mark.parametrize("offset", [1 << 30, 1 << 62, (1 << 63) + 5, (1 << 64) - 1])
def test_offsets_that_no_file_has(tmp_path: Path, offset: int) -> None:
    with pytest.raises(ToolError, match=f"b is declared at {offset}, behind all members"):
        _open(tmp_path, Member("a", b"1"), Member("b", b"1", offset=offset, zip64=True))


def test_a_zip64_end_record_that_is_nowhere(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", [Member("a", b"1")])
    data = path.read_bytes()
    path.write_bytes(data[:-22] + struct.pack("<4sLQL", b"PK\6\7", 0, (1 << 63) + 1, 1) + data[-22:])
    with pytest.raises(ToolError, match="its zip64 end record is declared at 9223372036854775809, behind its end"):
        ZipArchive(path, "x.zip")


def test_more_members_than_anybody_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_archive, "MAX_MEMBERS", 2)
    assert len(_open(tmp_path, Member("a"), Member("b")).members) == 2
    with pytest.raises(ToolError, match="it has more than 2 members"):
        _open(tmp_path, Member("a"), Member("b"), Member("c"))
    monkeypatch.setattr(zip_archive, "_MAX_DIRECTORY", 90)
    with pytest.raises(ToolError, match="its directory has 94 bytes; 90 are read"):
        _open(tmp_path, Member("a"), Member("b"))


def test_every_problem_is_reported(tmp_path: Path) -> None:
    found = _problems(_open(tmp_path, Member("../a"), Member("b", flags=1), Member("c", method=99)))
    assert found.count("remedy:") == 3


_GOOD = Member("a", b"some text, some more text" * 50)


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        (replace(_GOOD, crc=1), "its content has CRC-32 8f0c0d83 where 00000001 is declared"),
        (replace(_GOOD, size=1249), "declares 1249 bytes and holds more"),
        (replace(_GOOD, size=1251), "declares 1251 bytes and holds 1250"),
        (replace(_GOOD, packed=deflate(_GOOD.data) + b"!"), "its deflate stream does not end with its bytes"),
        (replace(_GOOD, packed=deflate(_GOOD.data)[:-2]), "its deflate stream does not end with its bytes"),
        (replace(_GOOD, packed=b"\xff" * 40), "is not a deflate stream"),
        (replace(_GOOD, local_name=b"b"), "has another name in its own header"),
        (replace(_GOOD, local_size=7), "has other sizes, CRC-32 or method in its own header"),
        (replace(_GOOD, method=0, crc=5), "its content has CRC-32"),
        (replace(_GOOD, extra=bytes(2000)[:60000]), ""),
    ],
)
def test_content_that_is_not_as_declared(tmp_path: Path, member: Member, expected: str) -> None:
    archive = _open(tmp_path, member)
    found = outcome(lambda: archive.members[0].read())
    streamed = outcome(lambda: b"".join(archive.members[0].pieces()))
    if expected:
        assert isinstance(found, ToolError)
        assert f"demo.whl: a: {expected}" in str(found)
        assert str(streamed) == str(found)
    else:
        assert found == streamed == member.data


def test_a_bomb_stops_at_its_declared_size(tmp_path: Path) -> None:
    """One GiB of zeros in a member that declares 100 bytes: never inflated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 10)) + packer.flush()
    archive = _open(tmp_path, Member("bomb", packed=packed, size=100))
    member = archive.members[0]
    assert isinstance(member, DeflatedMember)
    sizes: list[int] = []
    with pytest.raises(ToolError, match="declares 100 bytes and holds more"):
        sizes.extend(len(plain) for _, plain in member.pairs())
    assert sum(sizes) <= 101


def test_members_that_share_bytes_by_their_local_headers(tmp_path: Path) -> None:
    """A local extra field moves the data; the directory alone does not show it."""
    path = write_zip(tmp_path / "x.whl", [Member("a", b"1", extra=b"\x99\x99\x00\x00"), Member("b", b"22222")])
    data = bytearray(path.read_bytes())
    data[28:30] = (40).to_bytes(2, "little")  # the extra field's size in the local header of `a`
    path.write_bytes(data)
    archive = ZipArchive(path, "x.whl")
    with pytest.raises(ToolError, match=r"x\.whl: a: its bytes overlap the next member"):
        archive.members[0].read()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: b"", "it has no end record"),
        (lambda data: b"hello", "it has no end record"),
        (lambda data: data[:-1], "it is cut short"),
        (lambda data: data[:40], "it has no end record"),
        (lambda data: data + b"x", "its end record is not at its end"),
        (lambda data: b"x" + data, "does not end where its end record starts"),
        (lambda data: data[:-12] + b"\xff\xff\xff\x7f" + data[-8:], "does not end where its end record starts"),
        (lambda data: data[:-18] + b"\1\0" + data[-16:], "it is one part of several"),
    ],
)
def test_files_that_are_no_whole_zip(tmp_path: Path, change: object, reason: str) -> None:
    path = write_zip(tmp_path / "demo.whl", [_GOOD])
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(ToolError, match=rf"demo\.whl: not a whole zip file: .*({reason})"):
        ZipArchive(path, "demo.whl")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"demo\.whl: cannot be read: No such file"):
        ZipArchive(tmp_path / "demo.whl", "demo.whl")


@settings(patient, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6), st.integers(0, 400))
def test_damage_is_an_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    """Whatever is changed, what is read is the declared size with the declared CRC-32, or an error says why not."""
    path = write_zip(tmp_path_factory.mktemp("zip") / "x.whl", [_GOOD, Member("b/c", b"stored", method=0)])
    data = bytearray(path.read_bytes())
    for at, value in changes:
        data[at % len(data)] = value
    path.write_bytes(data[: len(data) - cut if changes == [] else None])
    archive = outcome(lambda: ZipArchive(path, "x.whl"))
    if isinstance(archive, ToolError):
        assert "remedy: " in str(archive)
        return
    assert isinstance(_problems(archive), str)
    for member in archive.members:
        if member.method in (0, 8):
            content = outcome(lambda member=member: member.read())  # type: ignore[misc]
            if isinstance(content, bytes):
                assert (len(content), zlib.crc32(content)) == (member.size, member.crc)
            else:
                assert "x.whl" in str(content)
