"""The order of an image's layers."""

from __future__ import annotations

import random

import pytest

from distroless_python.documents.layer_facts import Blob, LayerFacts, Span, Written
from distroless_python.errors import ToolError
from distroless_python.image.plan import check_count, ordered


def _layer(name: str, kind: str = "wheel", size: int = 1000) -> LayerFacts:
    span = Span(0, size)
    written = Written(Blob("sha256:0", size), "", span, span, ("site/",), 1, 1)
    return LayerFacts.of(written, layer=kind, name=name, version="1.0", label=f"//:{name}")


def test_layers_are_laid_from_what_changes_least_to_what_changes_most() -> None:
    layers = [
        _layer("app", "app"),
        _layer("lib", "files"),
        _layer("a, b", "group", size=7),
        _layer("numpy", size=5),
        _layer("scipy", size=9),
        _layer("libgl1", "deb"),
    ]
    names = [layer.name for layer in ordered(layers)]
    assert names == ["libgl1", "scipy", "numpy", "a, b", "lib", "app"]


def test_the_order_of_wheels_does_not_follow_the_inputs() -> None:
    layers = [_layer(f"w{number}", size=number % 3) for number in range(20)]
    shuffled = random.Random(1).sample(layers, len(layers))
    assert ordered(layers) == ordered(shuffled)
    assert [layer.name for layer in ordered([_layer("b"), _layer("a")])] == ["a", "b"]


def test_debian_packages_keep_their_order() -> None:
    assert [layer.name for layer in ordered([_layer("b", "deb", 1), _layer("a", "deb", 2)])] == ["b", "a"]


def test_the_number_of_layers() -> None:
    check_count(50, 75, 125, "//:image")
    with pytest.raises(ToolError, match=r"//:image: layer_limit: it has 50 layers of its base and 76 of its own"):
        check_count(50, 76, 125, "//:image")
