"""Which layer files share a layer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.documents.layer_facts import Blob, LayerFacts, Span
from distroless_python.errors import ToolError
from distroless_python.image.plan import ALONE, plan
from support.properties import patient

_PATHS: dict[str, frozenset[str]] = {}


def _layer(name: str, kind: str = "wheel", size: int = 1000, files: dict[str, str] | None = None) -> LayerFacts:
    _PATHS[name] = frozenset({f"site/{name}/__init__.py": name} if files is None else files)
    span = Span(0, size)
    blob = Blob("sha256:0", size)
    return LayerFacts(kind, name, "1.0", f"//:{name}", blob, "", span, span, ("site/",), len(_PATHS[name]), 1)


def _plan(layers: list[LayerFacts], base: int = 20, limit: int = 60) -> list[tuple[str, ...]]:
    return [tuple(layers[index].name for index in group) for group in _indices(layers, base, limit)]


def _indices(layers: list[LayerFacts], base: int, limit: int) -> tuple[tuple[int, ...], ...]:
    return plan(layers, base, limit, "//:image", lambda layer: _PATHS[layer.name])


def test_layers_are_laid_from_what_changes_least_to_what_changes_most() -> None:
    layers = [
        _layer("app", "app"),
        _layer("lib", "files"),
        _layer("numpy", size=5 * ALONE),
        _layer("scipy", size=9 * ALONE),
        _layer("libgl1", "deb"),
        _layer("tiny"),
    ]
    assert _plan(layers) == [("libgl1",), ("scipy",), ("numpy",), ("tiny",), ("lib",), ("app",)]


def test_the_order_of_the_inputs_does_not_matter() -> None:
    layers = [_layer(f"w{number}", size=ALONE * (number % 3)) for number in range(20)] + [_layer("app", "app")]
    assert _plan(layers) == _plan(layers[::-1])


def test_wheels_of_one_size_are_laid_by_name() -> None:
    assert _plan([_layer("b", size=ALONE), _layer("a", size=ALONE)]) == [("a",), ("b",)]
    assert len(_plan([_layer(f"w{number}", size=ALONE - 1) for number in range(50)])) == 4


@patient
@given(st.sets(st.text("abcdefgh", min_size=1, max_size=6), min_size=1, max_size=30), st.text("xyz", min_size=1))
def test_another_small_wheel_moves_no_other(names: set[str], more: str) -> None:
    before = {frozenset(group) for group in _plan([_layer(name) for name in names])}
    after = _plan([_layer(name) for name in {*names, more}])
    assert {frozenset(group) - {more} for group in after} - {frozenset()} == before


@patient
@given(
    st.lists(
        st.tuples(st.sampled_from(["deb", "wheel", "wheel", "files", "app"]), st.integers(0, 3 * ALONE)), max_size=90
    ),
    st.integers(0, 60),
    st.integers(0, 125),
)
def test_every_file_is_laid_once_and_the_limit_is_kept(kinds: list[tuple[str, int]], base: int, limit: int) -> None:
    layers = [_layer(f"n{number}", kind, size) for number, (kind, size) in enumerate(kinds)]
    needed = len({layer.layer for layer in layers})
    if base + needed > limit:
        with pytest.raises(ToolError, match=f"//:image: it has {base} layers of its base and needs {needed} more"):
            _indices(layers, base, limit)
        return
    groups = _indices(layers, base, limit)
    assert sorted(index for group in groups for index in group) == list(range(len(layers)))
    assert base + len(groups) <= limit
    order = ["deb", "wheel", "files", "app"]
    laid = [order.index(layers[group[0]].layer) for group in groups]
    assert laid == sorted(laid)
    assert all(len({layers[index].layer for index in group}) == 1 for group in groups)


def test_the_largest_stay_alone_when_there_is_little_room() -> None:
    layers = [_layer(f"w{number}", size=ALONE * (number + 1)) for number in range(10)]
    groups = _plan(layers, base=50, limit=54)
    assert len(groups) <= 4
    assert groups[0] == ("w9",)


def test_equal_content_does_not_share_a_joined_layer() -> None:
    layers = [_layer(f"w{number}", files={"site/google/__init__.py": "", f"site/{number}": "x"}) for number in range(6)]
    for limit in (60, 27):
        groups = _plan(layers, limit=limit)
        assert all(len(group) == 1 for group in groups)
        assert len(groups) == 6
    with pytest.raises(ToolError, match="needs 6 more"):
        _plan(layers, limit=25)
