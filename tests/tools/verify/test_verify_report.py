"""The report: its numbers, and a page that stands alone."""

from __future__ import annotations

import html.parser
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.verify.treemap import Rectangle, squarify
from support.facts import SITE, library, write_layer
from support.properties import patient
from support.verification import Verify


def build(verify: Verify, **job: Any) -> tuple[dict[str, Any], str]:
    """The report as JSON and as HTML."""
    report = verify.report(**{"debs": {}, **job})
    return report, verify.page.read_text(encoding="utf-8")


def test_what_is_reported(verify: Verify) -> None:
    elf = [
        library(f"{SITE}/x/_x.abi3.so", "libc.so.6", "liby.so", "libgone.so", requires={"libc.so.6": ("GLIBC_2.34",)}),
        library(f"{SITE}/x/other.so", machine="aarch64"),
    ]
    verify.layers = [
        write_layer(verify.directory, "x", "1.5", elf=elf, size=3000, requires_dist=("y",), direct=True, uncompiled=2),
        write_layer(verify.directory, "y", "2.0", elf=[library(f"{SITE}/y/liby.so")], size=200, top_level=("y",)),
    ]
    report, _ = build(verify, allow={"undefined-soname:libgone.so": "never loaded"})
    assert report["size"] == 1000 + 3000 + 200
    assert report["base"] == {
        "release": "debian13",
        "architecture": "amd64",
        "python": "3.13.5",
        "glibc": "2.41",
        "packages": ["python3.13-minimal 3.13.5-2"],
    }
    assert [(layer["kind"], layer["name"], layer["size"]) for layer in report["layers"]] == [
        ("base", "libc6 2.41-12", 1000),
        ("wheel", "x", 3000),
        ("wheel", "y", 200),
    ]
    assert report["libraries"][0] == {
        "path": "x/_x.abi3.so",
        "package": "x 1.5",
        "needs": [
            {"name": "libc.so.6", "from": "base", "versions": ["GLIBC_2.34"]},
            {"name": "liby.so", "from": "y 2.0", "versions": []},
            {"name": "libgone.so", "from": "", "versions": []},
        ],
    }
    assert {"package": "x 1.5", "what": "bytecode of 2 modules: no such Python ran here"} in report["left_out"]
    assert {"package": "x 1.5", "what": "1 files are for aarch64 and never used: x/other.so"} in report["left_out"]
    assert [(finding["name"], finding["level"]) for finding in report["findings"]] == [
        ("undefined-soname:libgone.so", "allowed")
    ]


class _Page(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in ("meta", "i"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "i":
            assert self.open.pop() == tag


def test_the_page_stands_alone_and_escapes(verify: Verify) -> None:
    hostile = "<script>alert('x')</script>\"&"
    elf = [library(f"{SITE}/x/{hostile}.so", hostile, "libGL.so.1", "libX11.so.6")]
    verify.layers = [
        write_layer(verify.directory, "x", "1", elf=elf, size=90_000_000),
        write_layer(verify.directory, "app", "", kind="app", files=["app/.env"], size=100),
        *(write_layer(verify.directory, f"small{number}", size=number) for number in range(1, 20)),
    ]
    _, page = build(verify, label=f"//app:{hostile}", allow={"secret-file:app/.env": hostile})
    parser = _Page()
    parser.feed(page)
    assert not parser.open
    assert parser.tags.isdisjoint({"script", "link", "img", "iframe"})
    assert parser.attributes <= {"lang", "charset", "name", "content", "class", "style", "title", "open"}
    assert not re.search(r"https?:|url\(|@import", page)
    assert "prefers-color-scheme: dark" in page
    assert "debs = [&quot;@debian13_debs//:libgl1&quot;, &quot;@debian13_debs//:libx11-6&quot;]" in page
    assert "<b>x</b>" not in page
    assert "19 more" in page or "20 more" in page


def test_the_page_of_an_image_without_findings(verify: Verify) -> None:
    _, page = build(verify)
    assert "Nothing was found to be missing, in what was checked." in page
    assert "<li>a shell</li>" in page


sizes = st.lists(st.integers(1, 10**9), min_size=1, max_size=60).map(lambda values: sorted(values, reverse=True))


@patient
@given(sizes=sizes, width=st.integers(1, 2000), height=st.integers(1, 2000))
def test_a_treemap_fills_its_area_in_proportion(sizes: list[int], width: int, height: int) -> None:
    rectangles = squarify(sizes, Rectangle(0, 0, width, height))
    assert len(rectangles) == len(sizes)
    scale = width * height / sum(sizes)
    for size, place in zip(sizes, rectangles):
        assert place.width * place.height == pytest.approx(size * scale, rel=1e-4)
        assert -1e-6 <= place.x <= place.x + place.width <= width * (1 + 1e-6)
        assert -1e-6 <= place.y <= place.y + place.height <= height * (1 + 1e-6)
    for one, other in zip(rectangles, rectangles[1:]):
        apart = (
            one.x + one.width <= other.x + 1e-6 * width
            or other.x + other.width <= one.x + 1e-6 * width
            or one.y + one.height <= other.y + 1e-6 * height
            or other.y + other.height <= one.y + 1e-6 * height
        )
        assert apart


def test_a_treemap_of_nothing() -> None:
    assert squarify([], Rectangle(0, 0, 10, 10)) == []
