"""The table of Debian's releases."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from distroless_python.debian.releases import CHECKED, RELEASES, end_of_life, starlark

ROOT = Path(__file__).absolute().parents[3]
LOCKS = sorted((ROOT / "bases").glob("debian[0-9][0-9].lock.json"))
assert LOCKS


def test_starlark_knows_the_same() -> None:
    written = (ROOT / "rules/private/config/releases.bzl").read_text()
    assert written == starlark(), "run: python -m distroless_python.debian.releases > rules/private/config/releases.bzl"


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.name))
def test_locks_say_what_the_table_says(path: Path) -> None:
    lock = json.loads(path.read_text())
    release = RELEASES[lock["release"]]
    keys = ("codename", "version_id", "python", "glibc", "end_of_life")
    assert {key: lock[key] for key in keys} == {key: getattr(release, key) for key in keys}


def test_releases_are_in_order_and_whole() -> None:
    assert list(RELEASES) == sorted(RELEASES, reverse=True)
    for release in RELEASES.values():
        assert release.python_version.count(".") == 2
        assert release.name == f"debian{release.version_id}"
        if release.end_of_life:
            datetime.date.fromisoformat(release.end_of_life)
    datetime.date.fromisoformat(CHECKED)


def test_end_of_life() -> None:
    assert end_of_life("debian13") == "2030-06-30"
    assert (end_of_life("debian14"), end_of_life("wolfi1")) == ("", "")
