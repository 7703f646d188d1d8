"""Layer files joined into one layer."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.documents.layer_facts import LayerFacts, Span
from distroless_python.errors import ToolError
from distroless_python.layer.join import JoinedLayer, LayerPart, join
from distroless_python.layer.writer import LayerWriter
from support.properties import patient


def _part(path: Path, files: dict[str, bytes], directories: dict[str, int] | None = None) -> LayerPart:
    layer = LayerWriter()
    for name, data in files.items():
        layer.add_file(name, 0o644, data)
    for name, mode in (directories or {}).items():
        layer.add_directory(name, mode)
    with path.open("wb") as stream:
        written = layer.finish(stream)
    return LayerPart(path, LayerFacts.of(written, layer="wheel", name=path.name, version="1", label="//:x"))


def _join(*parts: LayerPart) -> tuple[bytes, JoinedLayer]:
    stream = io.BytesIO()
    joined = join(parts, stream)
    return stream.getvalue(), joined


def _members(blob: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
        return archive.getmembers()


def test_bodies_are_copied_and_directories_united(tmp_path: Path) -> None:
    one = _part(tmp_path / "1", {"usr/lib/a.txt": b"a", "usr/lib/deep/b.txt": b"b"})
    other = _part(tmp_path / "2", {"usr/lib/c.txt": b"c"}, {"tmp": 0o1777})
    blob, joined = _join(one, other)
    plain = gzip.decompress(blob)
    assert joined.blob.digest == f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert joined.blob.size == len(blob)
    assert joined.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"
    for part in (one, other):
        body = part.path.read_bytes()[part.facts.body.offset :][: part.facts.body.size]
        assert body in blob
    assert [(member.name, member.mode) for member in _members(blob)] == [
        ("tmp", 0o1777),
        ("usr", 0o755),
        ("usr/lib", 0o755),
        ("usr/lib/deep", 0o755),
        ("usr/lib/a.txt", 0o644),
        ("usr/lib/deep/b.txt", 0o644),
        ("usr/lib/c.txt", 0o644),
    ]


def test_where_directories_differ_the_last_wins(tmp_path: Path) -> None:
    one = _part(tmp_path / "1", {}, {"a": 0o700})
    other = _part(tmp_path / "2", {}, {"a": 0o1777})
    assert [member.mode for member in _members(_join(one, other)[0])] == [0o1777]
    assert [member.mode for member in _members(_join(other, one)[0])] == [0o700]


def test_one_part_gives_itself(tmp_path: Path) -> None:
    part = _part(tmp_path / "1", {"a/b": b"x" * 100_000, "a/c": random.Random(1).randbytes(2 << 20)})
    blob, joined = _join(part)
    assert blob == part.path.read_bytes()
    assert (joined.blob, joined.diff_id) == (part.facts.blob, part.facts.diff_id)


def test_empty_parts_join(tmp_path: Path) -> None:
    blob, _ = _join(_part(tmp_path / "1", {}), _part(tmp_path / "2", {}))
    assert gzip.decompress(blob) == bytes(1024)


def test_long_directory_names_are_kept(tmp_path: Path) -> None:
    names = ["d" * 90 + "/" + "e" * 150 + "/x", "é/x"]
    blob, _ = _join(*(_part(tmp_path / str(number), {name: b""}) for number, name in enumerate(names)))
    assert [member.name for member in _members(blob) if member.isfile()] == names


@settings(patient, max_examples=25)
@given(
    st.lists(
        st.dictionaries(
            st.text("ab/", min_size=1, max_size=5).map(lambda name: f"d{name}".replace("//", "/").strip("/")),
            st.integers(0, 300_000),
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_contents_come_back(tmp_path_factory: pytest.TempPathFactory, layers: list[dict[str, int]]) -> None:
    directory = tmp_path_factory.mktemp("join")
    expected: dict[str, bytes] = {}
    parts: list[LayerPart] = []
    for number, layer in enumerate(layers):
        files = {f"{number}/{name}.bin": bytes(size) for name, size in layer.items()}
        expected.update(files)
        parts.append(_part(directory / str(number), files))
    blob, _ = _join(*parts)
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r:gz") as archive:
        found = {m.name: archive.extractfile(m).read() for m in archive if m.isfile()}  # type: ignore[union-attr]
    assert found == expected


def test_a_layer_that_is_not_the_one_described(tmp_path: Path) -> None:
    part = _part(tmp_path / "1", {"a/b": b"x" * 1000})
    body = part.facts.body
    wrong = [
        replace(part.facts, body=Span(body.offset, body.size - 1)),
        replace(part.facts, body=Span(body.offset + 1, body.size - 1)),
        replace(part.facts, body=Span(body.offset, body.size + 1000)),
        replace(part.facts, diff_body=Span(0, 1)),
        replace(part.facts, directories=("a/", "b/")),
        replace(part.facts, directories=()),
    ]
    for facts in wrong:
        with pytest.raises(ToolError, match=rf"{tmp_path}/1: "):
            _join(LayerPart(part.path, facts))
