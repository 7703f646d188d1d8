"""Layers laid over each other."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.base.file_tree import FileTree, Node
from distroless_python.formats.tarfiles import UNREADABLE
from support.layouts import member, tar
from support.properties import patient

Members = list[Any]


def lay(*layers: Members) -> FileTree:
    tree = FileTree()
    for layer in layers:
        tree.lay(io.BytesIO(tar(layer)), lambda path, size, stream: (path, stream.read()))
    return tree


def listing(tree: FileTree) -> list[str]:
    return [
        f"{path} -> {node.target}" if node.target else path for path, node in tree.walk() if node.type != "directory"
    ]


def link(name: str, target: str) -> tarfile.TarInfo:
    return member(name, tarfile.SYMTYPE, linkname=target)


def directory(name: str, mode: int = 0o755) -> tarfile.TarInfo:
    return member(name, tarfile.DIRTYPE, mode=mode)


def test_later_layers_win() -> None:
    tree = lay([(member("a/b"), b"1"), (member("a/c"), b"1")], [(member("./a/b"), b"22"), directory("a", 0o700)])
    assert listing(tree) == ["a/b", "a/c"]
    found = tree.find("/a/b")
    assert found is not None
    assert (found.size, found.seen) == (2, ("a/b", b"22"))
    assert tree.find("a").mode == 0o700  # type: ignore[union-attr]


def test_whiteouts() -> None:
    lower = [member("a/x"), member("a/y"), member("b/x"), member("c/d/e"), member("c/f")]
    upper = [member("a/.wh.x"), member(".wh.b"), directory("c/d"), member("c/d/new"), member("c/.wh..wh..opq")]
    assert listing(lay(lower, upper)) == ["a/y", "c/d/new"]
    assert listing(lay(lower, [member("nowhere/.wh.x"), member("a/.wh.z")])) == sorted(m.name for m in lower)


def test_a_directory_replaces_a_file_and_the_other_way_round() -> None:
    assert listing(lay([member("a"), member("b/c")], [member("a/b"), member("b")])) == ["a/b", "b"]


def test_links_to_directories_are_followed() -> None:
    tree = lay([directory("usr/lib"), link("lib", "usr/lib"), link("abs", "/usr")], [member("lib/a"), member("abs/b")])
    assert listing(tree) == ["abs -> /usr", "lib -> usr/lib", "usr/b", "usr/lib/a"]
    assert tree.find("lib/a").seen[0] == "usr/lib/a"  # type: ignore[union-attr]
    assert tree.real("lib/../lib/a") == "usr/lib/a"
    assert tree.find("lib", follow=False).type == "link"  # type: ignore[union-attr]


def test_links_that_lead_nowhere() -> None:
    tree = lay([link("loop", "loop"), link("gone", "../../x"), (member("loop/a"), b""), link("up", "../../../..")])
    assert listing(tree) == ["gone -> ../../x", "loop/a", "up -> ../../../.."]
    assert tree.find("gone") is None
    assert tree.real("up") == ""
    assert lay([link("a", "b"), link("b", "a")]).find("a") is None


def test_hard_links_share_their_content() -> None:
    tree = lay([(member("a"), b"1")], [member("b", tarfile.LNKTYPE, linkname="./a")])
    assert tree.find("b") is tree.find("a")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("../a")], "leaves the root"),
        ([member("/".join("d" * 2000))], "has 2000 parts; 128 are read"),
        ([member("a", tarfile.LNKTYPE, linkname="b")], "which is not a file"),
        ([directory("d"), member("a", tarfile.LNKTYPE, linkname="d")], "which is not a file"),
    ],
)
def test_hostile_layers(members: list[tarfile.TarInfo], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lay(members)


def test_devices_are_there_but_no_files() -> None:
    assert lay([member("dev/null", tarfile.CHRTYPE)]).find("dev/null") == Node("other", 0o644)


paths = st.lists(st.sampled_from(["a", "b", ".wh.a", ".wh..wh..opq", "..", "."]), min_size=1, max_size=4).map("/".join)
kinds = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
layers = st.lists(
    st.builds(lambda path, kind, target: member(path, kind, linkname=target), paths, kinds, paths), max_size=6
)


@patient
@given(st.lists(layers, max_size=3))
def test_any_layers_are_laid_or_refused(content: list[list[tarfile.TarInfo]]) -> None:
    try:
        tree = lay(*content)
    except UNREADABLE:
        return
    for path, node in tree.walk():
        assert ".." not in path.split("/")
        assert tree.find(path, follow=False) is node


@patient
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        FileTree().lay(io.BytesIO(data), lambda path, size, stream: None)
    except UNREADABLE:
        return


def _tree(*files: str, links: Mapping[str, str] | None = None) -> FileTree:
    tree = FileTree()
    for path, target in (links or {}).items():
        tree.add(path, Node("link", target=target))
    for path in files:
        tree.add(path, Node("file"))
    return tree


def _paths(tree: FileTree) -> list[str]:
    return [path for path, node in tree.walk() if node.type != "directory"]


def test_a_tree_over_another_leaves_that_as_it_is() -> None:
    below = _tree("usr/lib/a", "usr/bin/b", links={"lib": "usr/lib"})
    one, other = _tree("usr/lib/x/c", "lib/d"), _tree("usr/lib/x/e", "opt/f")
    tree = FileTree(below)
    tree.graft(one)
    tree.graft(other)
    tree.add("usr/bin/g", Node("file"))
    in_lib = ["usr/lib/a", "usr/lib/d", "usr/lib/x/c", "usr/lib/x/e"]
    assert _paths(tree) == ["lib", "opt/f", "usr/bin/b", "usr/bin/g", *in_lib]
    assert _paths(below) == ["lib", "usr/bin/b", "usr/lib/a"]
    assert _paths(one) == ["lib/d", "usr/lib/x/c"]
    assert _paths(other) == ["opt/f", "usr/lib/x/e"]


def test_a_grafted_tree_is_what_its_files_one_by_one_are() -> None:
    chance = random.Random(5)
    names = ["a", "b", "c", "d"]
    for _ in range(300):
        trees = [
            sorted("/".join(chance.choices(names, k=chance.randint(1, 4))) for _ in range(chance.randint(1, 6)))
            for _ in range(4)
        ]
        links = {chance.choice(names): "/".join(chance.choices(names, k=2)) for _ in range(2)}
        laid, grafted = _tree(links=links), FileTree(_tree(links=links))
        for files in trees:
            own = _tree(*files)
            grafted.graft(own)
            for path in _paths(own):
                laid.add(path, Node("file"))
        assert _paths(grafted) == _paths(laid)
