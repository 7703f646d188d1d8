"""Which wheel fits, and which come nearest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.lock.choose import Candidate, choose, nearest_tags
from distroless_python.lock.environments import parse
from support.properties import patient

_TAGS = (
    "cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64",
    "cp313-cp313-manylinux_2_27_aarch64.manylinux_2_28_aarch64",
    "cp313-cp313-manylinux_2_42_x86_64",
    "cp313-cp313-musllinux_1_2_x86_64",
    "cp313-cp313t-manylinux_2_28_x86_64",
    "cp313-cp313-win_amd64",
    "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64",
    "cp39-abi3-manylinux_2_31_x86_64",
    "cp313-cp313-macosx_11_0_arm64",
    "cp37-cp37m-manylinux1_x86_64",
    "py3-none-any",
)


def _wheels(*tags: str) -> list[Candidate]:
    return [Candidate(f"a-1-{tag}.whl", "0" * 64) for tag in tags]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("debian13_amd64", "cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64"),
        ("debian13_arm64", "cp313-cp313-manylinux_2_27_aarch64.manylinux_2_28_aarch64"),
        ("debian12_amd64", "cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64"),
        ("debian12_arm64", "py3-none-any"),
        ("debian11_amd64", "cp39-abi3-manylinux_2_31_x86_64"),
        ("python3.9_amd64", "py3-none-any"),  # glibc 2.28 is all that is known of it
        ("debian10_amd64", "cp37-cp37m-manylinux1_x86_64"),
        ("python3.13_macos_arm64", "cp313-cp313-macosx_11_0_arm64"),
    ],
)
def test_the_wheel_that_fits_best(environment: str, expected: str) -> None:
    found = choose(_wheels(*_TAGS), parse(environment))
    assert found is not None
    assert found.name == f"a-1-{expected}.whl"


def test_the_higher_build_number_wins_between_wheels_of_one_tag() -> None:
    names = ["a-1-2b-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl"]
    found = choose([Candidate(name, "0" * 64) for name in names], parse("debian13_amd64"))
    assert found is not None
    assert found.name == "a-1-10-py3-none-any.whl"


def test_what_is_no_wheel_or_fits_nowhere_is_not_chosen() -> None:
    files = [Candidate(name, "0" * 64) for name in ("a-1.tar.gz", "a-1-cp313.whl", "a.whl", "")]
    assert choose([*files, *_wheels(_TAGS[2], _TAGS[3], _TAGS[4], _TAGS[5])], parse("debian13_amd64")) is None


@pytest.mark.parametrize(
    ("environment", "nearest"),
    [
        ("debian13_amd64", ["cp313-cp313-manylinux_2_42_x86_64", "cp312-cp312-manylinux_2_17_x86_64"]),
        ("debian12_amd64", ["cp312-cp312-manylinux_2_17_x86_64", "cp313-cp313-manylinux_2_42_x86_64"]),
        ("debian13_arm64", ["cp313-cp313-manylinux_2_42_x86_64", "cp312-cp312-manylinux_2_17_x86_64"]),
    ],
)
def test_the_nearest_tags(environment: str, nearest: list[str]) -> None:
    wheels = _wheels(
        "cp312-cp312-manylinux_2_17_x86_64",
        "cp313-cp313-manylinux_2_42_x86_64",
        "cp313-cp313-win_amd64",
        "cp313-cp313-musllinux_1_2_aarch64",
        "cp38-cp38-manylinux_2_17_x86_64",
    )
    assert list(nearest_tags(wheels, parse(environment), 2)) == nearest


@patient
@given(st.permutations(_TAGS), st.sampled_from(["debian13_amd64", "debian11_arm64", "python3.13_macos_arm64"]))
def test_the_order_of_files_does_not_matter(tags: list[str], environment: str) -> None:
    assert choose(_wheels(*tags), parse(environment)) == choose(_wheels(*_TAGS), parse(environment))
