"""Layer files: read back by gzip and tarfile, their digests and spans, their determinism."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import tarfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.documents.layer_facts import Written
from distroless_python.errors import ToolError
from distroless_python.formats.source import BytesSource, FileSource, Source
from distroless_python.formats.zip_archive import ZipArchive
from distroless_python.layer import packing, writer
from distroless_python.layer.file import LayerFile
from distroless_python.layer.writer import TAIL, LayerWriter
from support.properties import patient
from support.wheels import Member, deflate, write_zip

_NOISE = random.Random(1).randbytes(3 << 20)


def _finish(layer: LayerWriter, late: tuple[LayerFile, ...] = ()) -> tuple[bytes, Written]:
    stream = io.BytesIO()
    written = layer.finish(stream, late, [file.path for file in late])
    listed = layer.contents().files
    assert (written.files, written.unpacked) == (len(listed), sum(file.size for file in listed))
    return stream.getvalue(), written


def _contents(blob: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
        return {
            member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
            if member.isreg()
        }


def _check(blob: bytes, written: Written, layer: LayerWriter) -> None:
    """Everything that the facts say of the bytes."""
    plain = gzip.decompress(blob)
    assert written.blob.digest == f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert written.blob.size == len(blob)
    assert written.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"
    body = blob[written.body.offset : written.body.offset + written.body.size]
    start, size = written.diff_body.offset, written.diff_body.size
    assert (gzip.decompress(body) if body else b"") == plain[start : start + size]
    assert blob[written.body.offset + written.body.size :] == TAIL
    assert plain[start + size :] == bytes(1024)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        members = archive.getmembers()
    assert [f"{member.name}/" for member in members if member.isdir()] == list(written.directories)
    assert all(member.isdir() == (member.offset < start) for member in members)
    assert sorted(member.name for member in members if not member.isdir()) == [
        file.path for file in layer.contents().files
    ]
    contents = _contents(blob)
    for file in layer.contents().files:
        if file.type == "file":
            assert file.sha256 == hashlib.sha256(contents[file.path]).hexdigest()
            assert file.size == len(contents[file.path])


def test_an_empty_layer_is_an_empty_archive() -> None:
    blob, written = _finish(LayerWriter())
    assert gzip.decompress(blob) == bytes(1024)
    assert (written.body.size, written.diff_body.size, written.files, written.directories) == (0, 0, 0, ())


def test_directories_above_are_added_and_explicit_ones_keep_their_mode() -> None:
    layer = LayerWriter()
    layer.add_file("home/nonroot/x", 0o600, b"x", uid=65532, gid=65532)
    layer.add_directory("home/nonroot", 0o700, 65532, 65532)
    layer.add_directory("tmp/", 0o1777)
    blob, written = _finish(layer)
    _check(blob, written, layer)
    assert written.directories == ("home/", "home/nonroot/", "tmp/")
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
        members = {member.name: (member.mode, member.uid, member.gid) for member in archive}
    assert members["home"] == (0o755, 0, 0)
    assert members["home/nonroot"] == (0o700, 65532, 65532)
    assert members["tmp"] == (0o1777, 0, 0)
    assert members["home/nonroot/x"] == (0o600, 65532, 65532)


def test_links_stand_before_and_hard_links_behind_the_files() -> None:
    layer = LayerWriter()
    layer.add_hardlink("bin/b", "bin/a", 0o755)
    layer.add_file("bin/a", 0o755, b"a")
    layer.add_link("usr/bin/python3", "python3.13")
    blob, written = _finish(layer)
    _check(blob, written, layer)
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
        order = [(member.name, member.linkname) for member in archive if not member.isdir()]
    assert order == [("usr/bin/python3", "python3.13"), ("bin/a", ""), ("bin/b", "bin/a")]
    assert [(file.path, file.type, file.target) for file in layer.contents().files] == [
        ("bin/a", "file", ""),
        ("bin/b", "hardlink", "bin/a"),
        ("usr/bin/python3", "link", "python3.13"),
    ]


def test_late_files_keep_their_order() -> None:
    layer = LayerWriter()
    layer.add_file("z.txt", 0o644, b"z")
    late = (LayerFile("p/b.pyc", 0o644, BytesSource(b"b")), LayerFile("a.pyc", 0o644, BytesSource(b"a")))
    blob, written = _finish(layer, late)
    _check(blob, written, layer)
    assert list(_contents(blob)) == ["z.txt", "p/b.pyc", "a.pyc"]
    assert written.directories == ("p/",)


def _zip_sources(tmp_path: Path) -> LayerWriter:
    """Members of every kind: small and large, stored and deflated, compressible and not."""
    members = [
        Member("large.bin", _NOISE[: 1 << 20]),
        Member("stored.bin", _NOISE[1 << 20 : 3 << 20], method=0),
        Member("zeros.bin", bytes(5 << 20)),
        Member("large.py", b"".join(b"x = %d\n" % (number * 7919) for number in range(60000))),
        Member("medium.py", _NOISE[: 20 << 10]),
        Member("medium.bin", _NOISE[: 20 << 10]),
        Member("empty.py"),
        *(Member(f"small/{number}.py", _NOISE[number : number * 50]) for number in range(100)),
    ]
    archive = ZipArchive(write_zip(tmp_path / "x.zip", members), "x.zip")
    layer = LayerWriter()
    for member in archive.members:
        layer.add_file(member.name, 0o644, member)
    return layer


def test_large_members_are_copied_verbatim(tmp_path: Path) -> None:
    layer = _zip_sources(tmp_path)
    blob, written = _finish(layer)
    _check(blob, written, layer)
    copied = deflate(_NOISE[: 1 << 20])
    assert copied in blob
    start = blob.index(copied)
    assert blob[start - 10 : start] == b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    trailer = zlib.crc32(_NOISE[: 1 << 20]).to_bytes(4, "little") + (1 << 20).to_bytes(4, "little")
    assert blob[start + len(copied) :].startswith(trailer)
    assert deflate(_NOISE[: 20 << 10]) in blob
    assert list(_contents(blob))[:3] == ["large.bin", "large.py", "medium.bin"]


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_bytes_do_not_depend_on_threads_or_timing(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = _finish(_zip_sources(tmp_path))
    monkeypatch.setattr(os, "cpu_count", lambda: threads)
    monkeypatch.setattr(writer, "_THREADS", threads)
    slow = packing._header
    moments = random.Random(threads)

    def header(file: LayerFile) -> bytes:
        time.sleep(moments.random() / 300)
        return slow(file)

    monkeypatch.setattr(packing, "_header", header)
    assert _finish(_zip_sources(tmp_path))[0] == expected


def test_parts_of_one_member_are_one_deflate_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file repeated in the next part is found in the dictionary, not compressed again."""
    monkeypatch.setattr(packing, "PART", 16 << 10)
    layer = LayerWriter()
    for number in range(8):
        layer.add_file(f"{number}.txt", 0o644, _NOISE[: 15 << 10])
    blob, written = _finish(layer)
    _check(blob, written, layer)
    assert written.blob.size < 18 << 10
    assert blob[written.body.offset :].count(b"\x1f\x8b\x08\0\0\0\0\0\0\xff") == 2


_CONTENT = st.one_of(st.binary(max_size=300), st.integers(0, 90_000).map(lambda size: _NOISE[:size]))


@settings(patient, max_examples=30)
@given(st.dictionaries(st.text("ab.py", min_size=1, max_size=6).filter(lambda name: name.strip(".")), _CONTENT))
def test_contents_come_back(files: dict[str, bytes]) -> None:
    layer = LayerWriter()
    for path, data in files.items():
        layer.add_file(f"d/{path}", 0o644, data)
    blob, written = _finish(layer)
    _check(blob, written, layer)
    assert _contents(blob) == {f"d/{path}": data for path, data in files.items()}


def test_files_on_disk_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(_NOISE)
    layer = LayerWriter()
    layer.add_file("whole", 0o644, FileSource(path))
    layer.add_file("part", 0o644, FileSource(path, 1000, 2000))
    blob, written = _finish(layer)
    _check(blob, written, layer)
    assert _contents(blob) == {"whole": _NOISE, "part": _NOISE[1000:3000]}


class _Liar(Source):
    def __init__(self, size: int, data: bytes) -> None:
        self.size = size
        self._data = data

    def pieces(self) -> Iterator[bytes]:
        yield self._data


@pytest.mark.parametrize("declared", [0, 9, 11, 2 << 20])
def test_a_file_that_changes_its_size_is_an_error(declared: int) -> None:
    layer = LayerWriter()
    layer.add_file("a", 0o644, b"a")
    layer.add_file("d/liar", 0o644, _Liar(declared, b"0123456789"))
    with pytest.raises(ToolError, match=f"d/liar: has 10 bytes where {declared} were declared"):
        _finish(layer)
