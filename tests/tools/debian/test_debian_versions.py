"""The order of Debian versions, against deb-version(7)'s examples and the real dpkg."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.debian.versions import satisfies, sort_key
from support.properties import patient

ORDERED = [
    "1.0~~",
    "1.0~~a",
    "1.0~rc1-1",
    "1.0~rc2-1",
    "1.0",
    "1.0-0.1",
    "1.0-1~bpo12+1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb12u1",
    "1.0-1+deb12u10",
    "1.0-1.1",
    "1.0-10",
    "1.0a-1",
    "1.0+dfsg-1",
    "1.0.1-1",
    "1.2.10",
    "1.10",
    "2.36-9+deb12u14",
    "1:0.1",
    "2:0.0~",
]
EQUAL = [("1.0", "1.0-0"), ("1.0", "0:1.0"), ("1.", "1.0"), ("01.02", "1.2"), ("", "0"), ("1.0-00", "1.0-0")]

parts = st.text("0123456789ab.+~", min_size=1, max_size=6)
versions = st.builds(
    lambda epoch, start, upstream, revision: f"{epoch}{start}{upstream}{revision}",
    st.sampled_from(["", "0:", "1:", "10:"]),
    st.sampled_from("019"),
    parts,
    st.one_of(st.just(""), parts.map(lambda text: f"-{text}")),
)


@pytest.mark.parametrize(("older", "newer"), list(zip(ORDERED, ORDERED[1:])))
def test_order(older: str, newer: str) -> None:
    assert sort_key(older) < sort_key(newer)


@pytest.mark.parametrize(("first", "second"), EQUAL)
def test_equal(first: str, second: str) -> None:
    assert sort_key(first) == sort_key(second)


@patient
@given(versions, versions, versions)
def test_order_is_total(a: str, b: str, c: str) -> None:
    keys = [sort_key(a), sort_key(b), sort_key(c)]
    assert (keys[0] < keys[1]) + (keys[1] < keys[0]) + (keys[0] == keys[1]) == 1
    assert sorted(keys)[0] <= sorted(keys)[2]


@pytest.mark.skipif(not shutil.which("dpkg"), reason="dpkg, the reference, is not installed")
@settings(patient, max_examples=40)
@given(versions, versions)
def test_dpkg_agrees(first: str, second: str) -> None:
    less = subprocess.run(["dpkg", "--compare-versions", first, "lt", second], stderr=subprocess.DEVNULL)
    equal = subprocess.run(["dpkg", "--compare-versions", first, "eq", second], stderr=subprocess.DEVNULL)
    assert (sort_key(first) < sort_key(second), sort_key(first) == sort_key(second)) == (
        less.returncode == 0,
        equal.returncode == 0,
    )


@pytest.mark.parametrize(
    ("relation", "expected"), [("<<", False), ("<=", True), ("=", True), (">=", True), (">>", False)]
)
def test_relations(relation: str, expected: bool) -> None:
    assert satisfies("1.0-1", relation, "1.0-1") is expected
    assert satisfies("1.0-1", relation, "2") is relation.startswith("<")
