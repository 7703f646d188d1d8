"""Unpacking layers, friendly and hostile."""

from __future__ import annotations

import contextlib
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.base.image_reader import read_image
from distroless_python.errors import ToolError
from distroless_python.sandbox.unpacked_root import UnpackedRoot, User
from support import layouts
from support.layouts import member
from support.properties import patient

Unpack = Callable[..., Path]


@pytest.fixture
def unpack(tmp_path: Path) -> Iterator[Unpack]:
    trees: list[UnpackedRoot] = []

    def run(*layers: list[object], user: User | None = None) -> Path:
        image = layouts.write_layout(tmp_path / "image", [layouts.tar(layer) for layer in layers])  # type: ignore[arg-type]
        tree = UnpackedRoot(tmp_path / "root")
        trees.append(tree)
        tree.unpack(image, read_image(image, "amd64").layers)
        if user:
            tree.grant(user)
        return tmp_path / "root"

    yield run
    for tree in trees:
        tree.remove()
        assert not os.path.exists(tree.root)


def listing(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*"))


def test_layers_lie_over_each_other(unpack: Unpack) -> None:
    root = unpack(
        [
            member("./etc", tarfile.DIRTYPE, mode=0o755),
            (member("./etc/a"), b"lower"),
            (member("etc/b"), b"kept"),
            member("lib", tarfile.SYMTYPE, linkname="usr/lib"),
            member("usr/lib", tarfile.DIRTYPE, mode=0o755),
        ],
        [
            (member("etc/a", mode=0o600), b"upper"),
            (member("lib/x.so"), b"so"),
            member("etc/c", tarfile.LNKTYPE, linkname="lib/x.so"),
        ],
    )
    assert listing(root) == ["etc", "etc/a", "etc/b", "etc/c", "lib", "usr", "usr/lib", "usr/lib/x.so"]
    assert (root / "etc/a").read_bytes() == b"upper"
    assert (root / "etc/c").samefile(root / "usr/lib/x.so")


def test_whiteouts(unpack: Unpack) -> None:
    lower: list[object] = [(member(name), b"") for name in ("a/x", "a/y", "b/x", "b/inner/y", "c/d/e")]
    root = unpack(
        lower,
        [
            member("a/.wh.x"),
            (member("b/new"), b""),
            member("b/.wh..wh..opq"),
            member(".wh.c"),
            member(".wh.never"),
        ],
    )
    assert listing(root) == ["a", "a/y", "b", "b/new"]


def test_a_file_takes_a_directorys_place_and_the_other_way_round(unpack: Unpack) -> None:
    root = unpack(
        [(member("a/b"), b""), (member("c"), b""), member("d", tarfile.SYMTYPE, linkname="a")],
        [(member("a"), b"file"), member("c", tarfile.DIRTYPE, mode=0o755), member("d", tarfile.DIRTYPE, mode=0o755)],
    )
    assert (root / "a").read_bytes() == b"file"
    assert (root / "c").is_dir()
    assert (root / "d").is_dir()
    assert not (root / "d").is_symlink()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (User(65532, 65532), {"private": 0o000, "ours": 0o600, "group": 0o440, "program": 0o555, "setuid": 0o555}),
        (User(0, 0), {"private": 0o600, "ours": 0o600, "group": 0o640, "program": 0o755, "setuid": 0o755}),
    ],
)
def test_files_are_open_to_the_user_as_in_the_image(unpack: Unpack, user: User, expected: dict[str, int]) -> None:
    root = unpack(
        [
            (member("private", mode=0o600), b""),
            (member("ours", mode=0o600, uid=65532), b""),
            (member("group", mode=0o640, gid=65532), b""),
            (member("program", mode=0o755), b""),
            (member("setuid", mode=0o4755), b""),
        ],
        user=user,
    )
    assert {path.name: path.stat().st_mode & 0o7777 for path in root.iterdir()} == expected


def test_directories_without_permissions_can_be_filled_and_removed(unpack: Unpack) -> None:
    root = unpack([member("d", tarfile.DIRTYPE, mode=0o000), (member("d/x"), b"")], user=User(65532, 65532))
    assert (root / "d").stat().st_mode & 0o777 == 0


def test_links_stay_inside(unpack: Unpack, tmp_path: Path) -> None:
    root = unpack(
        [
            member("absolute", tarfile.SYMTYPE, linkname="/etc"),
            member("upwards", tarfile.SYMTYPE, linkname="../../../../../.."),
            member("first", tarfile.SYMTYPE, linkname="absolute/second"),
        ],
        [(member("absolute/passwd"), b"1"), (member("upwards/top"), b"2"), (member("first/deep"), b"3")],
    )
    assert listing(root) == [
        "absolute",
        "etc",
        "etc/passwd",
        "etc/second",
        "etc/second/deep",
        "first",
        "top",
        "upwards",
    ]
    assert sorted(os.listdir(tmp_path)) == ["image", "root"]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([member("../x")], "leaves the root"),
        ([member("a/../../x")], "leaves the root"),
        (
            [member("a", tarfile.SYMTYPE, linkname="b"), member("b", tarfile.SYMTYPE, linkname="a"), member("a/x")],
            "never end",
        ),
        ([member("x", tarfile.LNKTYPE, linkname="../../etc/passwd")], "leaves the root"),
        ([member("x", tarfile.LNKTYPE, linkname="missing")], "cannot be made"),
        ([(member("a"), b""), member("a/b")], "a file is where its directory should be"),
        ([member(".wh...")], "removes its own directory or the one above"),
        ([member("a/.wh...")], "removes its own directory or the one above"),
        ([member("a/.wh..")], "removes its own directory or the one above"),
        ([member("a/.wh.")], "removes its own directory or the one above"),
    ],
)
def test_hostile_members(unpack: Unpack, members: list[object], message: str) -> None:
    with pytest.raises(ToolError, match=message) as caught:
        unpack(members)
    assert "layer sha256:" in str(caught.value)


def test_device_nodes_are_left_out(unpack: Unpack) -> None:
    kinds = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    assert listing(unpack([member(f"n{i}", kind) for i, kind in enumerate(kinds)])) == []


NAMES = st.lists(st.sampled_from(["a", "b", "..", "", ".wh.a", ".wh..wh..opq"]), min_size=1, max_size=4).map("/".join)
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
MEMBERS = st.builds(
    lambda name, kind, target, absolute: member(name, kind, linkname="/" * absolute + target),
    NAMES,
    KINDS,
    NAMES,
    st.booleans(),
)


@patient
@given(st.lists(st.lists(MEMBERS, max_size=6), min_size=1, max_size=2))
def test_nothing_is_ever_written_outside(layers: list[list[tarfile.TarInfo]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory)
        (top / "a").mkdir()
        image = layouts.write_layout(top / "image", [layouts.tar(layer) for layer in layers])
        tree = UnpackedRoot(top / "outer" / "root")
        with contextlib.suppress(ToolError):
            tree.unpack(image, read_image(image, "amd64").layers)
        tree.remove()
        assert sorted(os.listdir(top)) == ["a", "image", "outer"]
        assert os.listdir(top / "a") == os.listdir(top / "outer") == []
