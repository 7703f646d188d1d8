"""The table [build-system], read without tomllib."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.sdist.build_system import LEGACY, BuildSystem, NotToml, parse
from support.properties import patient

TYPICAL = """
[project]
name = "x"  # [build-system]
text = '[build-system]'

[ build-system ]  # how
requires = [
    "setuptools>=61",  # a comment with ] and "
    'wheel ; python_version < "3.8"',
    "a\\u0042\\"c",
]
build-backend = "backend:api.v1"
backend-path = ["."]

[tool.x]
requires = ["not this"]
"""


def test_a_typical_table() -> None:
    requires = ("setuptools>=61", 'wheel ; python_version < "3.8"', 'aB"c')
    assert parse(TYPICAL) == BuildSystem(requires, "backend:api.v1", (".",))


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[build-system]\n", "[build-system]\n[tool.y]\nz=[1]\n"]
)
def test_defaults(text: str) -> None:
    assert parse(text) == BuildSystem(("setuptools",), LEGACY, ())


@pytest.mark.parametrize(
    "text",
    ['requires = "one"', "build-backend = ['a']", "requires = [1]", "requires = {a = 1}", 'requires = ["open', "= 'a'"],
)
def test_what_is_no_table(text: str) -> None:
    with pytest.raises(NotToml, match=r"\[build-system\]"):
        parse(f"[build-system]\n{text}\n")


@patient
@given(st.text())
def test_hostile_text(text: str) -> None:
    try:
        found = parse("[build-system]\n" + text)
    except NotToml:
        return
    assert all(isinstance(item, str) for item in (*found.requires, found.backend, *found.path))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
@patient
@given(st.lists(st.text(st.characters(codec="ascii", exclude_characters="\x7f"), max_size=20), max_size=4))
def test_as_tomllib_reads_it(requires: list[str]) -> None:
    import json

    import tomllib

    text = f'[build-system]\nrequires = {json.dumps(requires)}\nbuild-backend = "b"\n'
    assert list(parse(text).requires) == tomllib.loads(text)["build-system"]["requires"]
