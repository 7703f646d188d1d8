"""Unix archives."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.formats.ar import MAGIC, ArMember, BadArchive, members
from support.debs import ar
from support.properties import patient


def read(data: bytes) -> list[tuple[str, bytes]]:
    stream = io.BytesIO(data)
    found = list(members(stream, len(data)))
    return [(member.name, data[member.offset : member.offset + member.size]) for member in found]


names = st.text("abcdefghijklmnopqrstuvwxyz-.", min_size=1, max_size=16)


@patient
@given(st.lists(st.tuples(names, st.binary(max_size=50))))
def test_what_is_written_is_read(content: list[tuple[str, bytes]]) -> None:
    assert read(ar(content)) == content


def test_names_may_end_in_a_slash() -> None:
    assert read(ar([("data.tar.xz/", b"abc")])) == [("data.tar.xz", b"abc")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "does not begin as an ar archive"),
        (b"!<arch>\r" + bytes(100), "does not begin as an ar archive"),
        (MAGIC + b"x" * 20, "ends within the header at byte 8"),
        (MAGIC + b" " * 60, "the header at byte 8 is damaged"),
        (ar([("a", b"abc")])[:-2], "a has 2 of its 3 bytes"),
        (ar([("a", b"abcd")]).replace(b"4  ", b"-4 "), "the header at byte 8 is damaged"),
    ],
)
def test_what_is_no_archive(data: bytes, message: str) -> None:
    with pytest.raises(BadArchive, match=message):
        read(data)


@patient
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for content in (data, MAGIC + data):
        try:
            list(members(io.BytesIO(content), len(content)))
        except BadArchive:
            continue


def test_a_member_says_where_it_is() -> None:
    data = ar([("a", b"xyz"), ("b", b"12")])
    assert list(members(io.BytesIO(data), len(data)))[1] == ArMember("b", 8 + 60 + 4 + 60, 2)
