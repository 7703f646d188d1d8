"""Manifests, decoded into dataclasses."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.decode import decode
from distroless_python.errors import ToolError
from distroless_python.manifests.reading import read_manifest
from support.outcomes import outcome
from support.properties import patient


@dataclass(frozen=True)
class Inner:
    path: str
    mode: int = 0


@dataclass(frozen=True)
class Outer:
    name: str
    files: tuple[Inner, ...] = ()
    flag: bool = False
    maybe: Optional[str] = None
    pair: tuple[str, int] = ("", 0)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    anything: Any = None


def _read(tmp_path: Path, *lines: str) -> Outer:
    (tmp_path / "manifest.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_manifest(tmp_path / "manifest.json", Outer)


def test_lines_are_merged(tmp_path: Path) -> None:
    lines = (
        '{"name": "x", "files": [{"path": "a"}]}',
        '{"files": [{"path": "b", "mode": 1}], "flag": true, "maybe": null}',
        '{"pair": ["p", 2], "values": {"k": ["v"]}, "anything": [1, {}]}',
    )
    files = (Inner("a"), Inner("b", 1))
    assert _read(tmp_path, *lines) == Outer("x", files, True, None, ("p", 2), {"k": ("v",)}, [1, {}])


def test_strings_may_hold_any_line_separator(tmp_path: Path) -> None:
    name = "a\u2028b\x0bc\x85d"
    assert _read(tmp_path, json.dumps({"name": name}, ensure_ascii=False)).name == name


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["{"], "line 1: not JSON"),
        (["[]"], "line 1: not a JSON object"),
        (['{"name": "x"}', '{"name": "y"}'], "line 2: key 'name' was given before"),
        (['{"name": "x"}', '{"name": ["y"]}'], "line 2: key 'name' was given before"),
        (['{"files": []}'], "missing name"),
        (['{"nome": "x"}'], "missing name; unknown nome"),
        (['{"name": 1}'], "name: expected str, found 1"),
        (['{"name": "x", "flag": 1}'], "flag: expected bool, found 1"),
        (['{"name": "x", "files": [{"path": "a", "mode": true}]}'], r"files\[0\]\.mode: expected int, found true"),
        (['{"name": "x", "files": ["a"]}'], r"files\[0\]: expected an object"),
        (['{"name": "x", "pair": ["a"]}'], "pair: expected"),
        (['{"name": "x", "values": {"k": "v"}}'], r"values\.k: expected"),
        (['{"name": "x", "maybe": 1}'], "maybe: expected str, found 1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(ToolError, match=rf"manifest\.json: {reason}"):
        _read(tmp_path, *lines)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "files", "path", "mode", "pair", "values", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@patient
@given(_JSON)
def test_any_json_is_decoded_or_says_why_not(value: object) -> None:
    found = outcome(lambda: decode(value, Outer, "subject"))
    assert isinstance(found, Outer) or (isinstance(found, ToolError) and "subject" in str(found))
