"""The table of what slim bases leave out."""

from __future__ import annotations

import re

import pytest

from distroless_python.debian.releases import RELEASES
from distroless_python.debian.slim import LAYERS, SLIM, keeping
from distroless_python.debian.sonames import parts_needed


def known() -> set[str]:
    """The names of all packages of bases."""
    return {name for release in RELEASES.values() for names in release.packages.values() for name in names}


def named(python: str) -> set[str]:
    """The packages that the tables name, for a Python."""
    names = {name for part in SLIM.values() for name in (*part.packages, *part.files)}
    names |= {name for layer in LAYERS.values() for name in layer}
    return {name.format(python=python) for name in names}


def test_every_package_is_one_of_a_base() -> None:
    pythons = [release.python for release in RELEASES.values() if release.packages]
    assert set.intersection(*(named(python) - known() for python in pythons)) == set()


@pytest.mark.parametrize("name", SLIM)
def test_patterns_are_of_files(name: str) -> None:
    for pattern in SLIM[name].files.values():
        compiled = re.compile(pattern)
        for path in ("usr/lib/python3.13/os.py", "usr/lib/x86_64-linux-gnu/libc.so.6", "usr/sbin/ldconfig"):
            assert not compiled.fullmatch(path)


def test_no_package_is_in_two_layers() -> None:
    names = [name for layer in LAYERS.values() for name in layer]
    assert len(names) == len(set(names))


def test_what_has_it() -> None:
    assert keeping(module="curses.panel") == keeping(package="libncursesw6") == "terminal"
    assert keeping(module="dbm.ndbm") == "berkeley-db"
    assert keeping(package="python3.13-venv") == "ensurepip"
    assert keeping(program="getconf") == "programs"
    assert keeping(module="dbm") == keeping(module="os") == keeping(package="libc6") == keeping(program="ls") == ""


@pytest.mark.parametrize("release", ["debian11", "debian12", "debian13"])
def test_what_needs_it(release: str) -> None:
    assert parts_needed(release, ["libpq5", "less"]) == ("berkeley-db", "kerberos", "terminal")
    assert set(parts_needed(release, ["chromium", "curl", "bash"])) <= SLIM.keys()
    assert parts_needed(release, ["libgl1", "libmagic1", "no-such-package"]) == ()
