"""Roots that lie over each other, as mounts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.sandbox.mounts import Bind, MadeDirectory, MadeLink, above, find, over_each_other, topmost


def roots(directory: Path, *trees: dict[str, str]) -> list[str]:
    """Directories with files; a value that begins with `->` is a link's target, one that is `/` a directory."""
    for number, tree in enumerate(trees):
        for name, content in tree.items():
            place = directory / str(number) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if content == "/":
                place.mkdir()
            elif content.startswith("->"):
                place.symlink_to(content[2:])
            else:
                place.write_text(content)
    return [str(directory / str(number)) for number in range(len(trees))]


def test_only_what_several_have_is_made(tmp_path: Path) -> None:
    base, wheel = roots(
        tmp_path,
        {"etc/passwd": "", "usr/lib/x.so": "", "usr/local/bin/a": "", "lib": "->usr/lib"},
        {"usr/local/bin/b": "", "usr/local/lib/python3/django/x.py": ""},
    )
    os.chmod(f"{wheel}/usr/local", 0o700)
    assert over_each_other([base, wheel]) == [
        Bind(f"{base}/etc", "/etc"),
        MadeLink("/lib", "usr/lib"),
        MadeDirectory("/usr", 0o755),
        Bind(f"{base}/usr/lib", "/usr/lib"),
        MadeDirectory("/usr/local", 0o700),
        MadeDirectory("/usr/local/bin", 0o755),
        Bind(f"{base}/usr/local/bin/a", "/usr/local/bin/a"),
        Bind(f"{wheel}/usr/local/bin/b", "/usr/local/bin/b"),
        Bind(f"{wheel}/usr/local/lib", "/usr/local/lib"),
    ]


def test_the_highest_wins(tmp_path: Path) -> None:
    low, middle, high = roots(
        tmp_path,
        {"a": "low", "b/x": "", "c/x": "", "d": "->b"},
        {"a": "middle", "b": "a file", "c/y": "", "d/z": ""},
        {"b/y": ""},
    )
    assert over_each_other([low, middle, high]) == [
        Bind(f"{middle}/a", "/a"),
        Bind(f"{high}/b", "/b"),  # the file between hides b/x
        MadeDirectory("/c", 0o755),
        Bind(f"{low}/c/x", "/c/x"),
        Bind(f"{middle}/c/y", "/c/y"),
        Bind(f"{middle}/d", "/d"),
    ]


def test_directories_are_made_where_something_is_to_be_mounted(tmp_path: Path) -> None:
    (base,) = roots(tmp_path, {"etc/passwd": "", "etc/ssl/x": ""})
    opened = set(above("etc/ssl/certs"))
    assert opened == {"etc/ssl", "etc", ""}
    assert over_each_other([base], opened) == [
        MadeDirectory("/etc", 0o755),
        Bind(f"{base}/etc/passwd", "/etc/passwd"),
        MadeDirectory("/etc/ssl", 0o755),
        Bind(f"{base}/etc/ssl/x", "/etc/ssl/x"),
    ]


def test_links_are_followed_through_all_roots(tmp_path: Path) -> None:
    both = roots(tmp_path, {"lib": "->/usr/lib", "usr/lib/x": "->../../new/x"}, {"new/x": "found", "up": "->../../.."})
    assert find(both, "/lib/x") == "new/x"
    assert topmost(both, "new/x") == f"{both[1]}/new/x"
    assert find(both, "up/lib/./none") == "usr/lib/none"
    assert topmost(both, "usr/lib/none") == f"{both[0]}/usr/lib/none"


def test_links_that_never_end(tmp_path: Path) -> None:
    both = roots(tmp_path, {"a": "->b"}, {"b": "->a"})
    with pytest.raises(ToolError, match="the image: a/x: its links never end"):
        find(both, "a/x")
