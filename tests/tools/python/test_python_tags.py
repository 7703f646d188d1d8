"""Whether a wheel fits a base."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.python.tags import TagPlatform, expand, machine, misfit
from support.properties import patient

TRIXIE = TagPlatform("3.13", "cp313", "amd64", "2.41")
ARM = TRIXIE._replace(architecture="arm64")
BULLSEYE = TRIXIE._replace(version="3.9", abi="cp39", glibc="2.31")


@pytest.mark.parametrize(
    "tag",
    [
        "py3-none-any",
        "py2.py3-none-any",
        "py313-none-any",
        "py38-none-any",
        "cp313-none-any",
        "cp312-none-any",
        "cp313-cp313-linux_x86_64",
        "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp313-cp313-manylinux_2_41_x86_64",
        "cp313-cp313-manylinux1_x86_64",
        "cp36-abi3-manylinux2014_x86_64",
        "cp313-abi3-manylinux_2_28_x86_64",
        "py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64",
        "cp312-cp312-macosx_11_0_arm64.manylinux_2_17_x86_64",
    ],
)
def test_tags_that_fit(tag: str) -> None:
    fitting = misfit(expand(*tag.split("-")), TRIXIE)
    assert (fitting == "") == (tag != "cp312-cp312-macosx_11_0_arm64.manylinux_2_17_x86_64")


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("cp312-cp312-manylinux_2_17_x86_64", "it is for Python cp312 (cp312), and the base has Python 3.13 (cp313)"),
        ("cp314-abi3-manylinux_2_17_x86_64", "it is for Python cp314 (abi3), and the base has Python 3.13 (cp313)"),
        ("py2-none-any", "it is for Python py2 (none), and the base has Python 3.13 (cp313)"),
        ("py314-none-any", "it is for Python py314 (none), and the base has Python 3.13 (cp313)"),
        ("pp310-pypy310_pp73-manylinux_2_17_x86_64", "it is for Python pp310 (pypy310_pp73)"),
        ("cp313-cp313t-manylinux_2_17_x86_64", "it is for the ABI cp313t, and the base has cp313"),
        ("cp313-cp313-manylinux_2_17_aarch64", "it is for aarch64 (manylinux_2_17_aarch64), and the base is x86_64"),
        ("cp313-cp313-musllinux_1_2_x86_64", "it is for musl libc (musllinux_1_2_x86_64), and the base has glibc"),
        ("cp313-cp313-manylinux_2_42_x86_64", "it needs glibc 2.42 (manylinux_2_42_x86_64), and the base has glibc"),
        ("cp313-cp313-win_amd64", "it is for win_amd64, and the base is Linux on x86_64"),
        ("cp313-cp313-macosx_11_0_universal2", "it is for macosx_11_0_universal2, and the base is Linux on x86_64"),
    ],
)
def test_tags_that_do_not_fit(tag: str, reason: str) -> None:
    assert misfit(expand(*tag.split("-")), TRIXIE).startswith(reason)


def test_the_reason_is_that_of_the_nearest_tag() -> None:
    tags = expand("cp312.cp313", "cp313", "win_amd64.musllinux_1_2_x86_64.manylinux_2_99_x86_64")
    assert misfit(tags, TRIXIE) == "it needs glibc 2.99 (manylinux_2_99_x86_64), and the base has glibc 2.41"


def test_other_bases() -> None:
    assert misfit(expand("cp313", "cp313", "manylinux_2_17_aarch64"), ARM) == ""
    assert misfit(expand("cp39", "cp39", "manylinux_2_31_x86_64"), BULLSEYE) == ""
    assert "glibc 2.34" in misfit(expand("cp39", "cp39", "manylinux_2_34_x86_64"), BULLSEYE)
    assert misfit(expand("py3", "none", "manylinux2014_armv7l"), TRIXIE._replace(architecture="armhf")) == ""
    assert machine("sparc") == "sparc"


@patient
@given(st.text("cp3py.-_x86manylu", max_size=30))
def test_any_text_is_judged(tag: str) -> None:
    parts = [*tag.split("-"), "", ""][:3]
    assert isinstance(misfit(expand(*parts), TRIXIE), str)
