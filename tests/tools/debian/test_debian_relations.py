"""Control paragraphs and package relations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.debian.relations import Relation, parse_relations
from distroless_python.formats.deb822 import paragraphs
from support.properties import patient


def test_paragraphs() -> None:
    text = "Package: a\nDescription: short\n long\n .\n end\n\n \n# comment\nPackage: b\nEmpty:\n"
    assert list(paragraphs(text)) == [
        {"Package": "a", "Description": "short\nlong\n.\nend"},
        {"Package": "b", "Empty": ""},
    ]


def test_relations() -> None:
    text = (
        "libc6 (>= 2.36), libgcc-s1 (>=3.0) | libgcc1:any , g++ [amd64 !arm64] <!nocheck> <a>,\n python3:any (<< 3.14)"
    )
    assert parse_relations(text) == (
        (Relation("libc6", ">=", "2.36"),),
        (Relation("libgcc-s1", ">=", "3.0"), Relation("libgcc1")),
        (Relation("g++"),),
        (Relation("python3", "<<", "3.14"),),
    )


@pytest.mark.parametrize("text", ["libc6 (> 2)", "libc6 (= )", "Über", "a b", "a |"])
def test_no_relation(text: str) -> None:
    with pytest.raises(ValueError, match="is not a valid package relation"):
        parse_relations(text)


@patient
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    list(paragraphs(text))
    try:
        found = parse_relations(text)
    except ValueError:
        return
    assert all(alternatives for alternatives in found)


def test_relation_accepts() -> None:
    assert Relation("x").accepts("0")
    assert Relation("x", ">=", "1.0").accepts("1.0-0")
    assert not Relation("x", "<<", "1.0~rc1").accepts("1.0")
    assert str(Relation("x", "<<", "2")) == "x (<< 2)"
