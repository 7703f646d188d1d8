"""The format of test cases: whatever a case holds survives its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.cases import Case, parse, render
from support.properties import patient

NAMES = st.binary(min_size=1, max_size=12).map(
    lambda name: "before: " + name.replace(b"\n", b"n").decode("utf-8", "surrogateescape")
)
BODIES = st.one_of(st.binary(max_size=40), st.text(alphabet="-ab \t\n\\é", max_size=40).map(str.encode))


@patient
@given(st.dictionaries(NAMES, BODIES, max_size=4))
def test_a_case_survives_its_file(sections: dict[str, bytes]) -> None:
    case = Case("What is shown.\n", sections)
    assert parse(render(case)) == case


def test_what_is_escaped() -> None:
    bodies = [b"caf\xe9\n", b"blank \n", b"no newline", b"-- x --\n", b"a\\\r\n", "\ufeffx\n".encode(), b"\\", b""]
    case = Case(
        "Odd.\n", {f"before: {number}": body for number, body in enumerate(bodies)} | {"x: caf\udce9": "é\n".encode()}
    )
    assert render(case).decode() == (
        "Odd.\n"
        "-- before: 0 (escaped) --\ncaf\\xe9\n"
        "-- before: 1 (escaped) --\nblank\\x20\n"
        "-- before: 2 (escaped) --\nno newline\\\n"
        "-- before: 3 (escaped) --\n\\x2d- x --\n"
        "-- before: 4 (escaped) --\na\\\\\\r\n"
        "-- before: 5 (escaped) --\n\\xef\\xbb\\xbfx\n"
        "-- before: 6 (escaped) --\n\\\\\\\n"
        "-- before: 7 --\n"
        "-- x: caf\\xe9 (escaped) --\n\\xc3\\xa9\n"
    )
    assert parse(render(case)) == case


def test_a_section_twice() -> None:
    with pytest.raises(ValueError, match="two sections named 'a'"):
        parse(b"-- a --\n-- a --\n")
