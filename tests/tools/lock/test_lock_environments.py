"""Environments: names, wheel tags, marker values."""

from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet

from distroless_python.debian.releases import RELEASES
from distroless_python.errors import ToolError
from distroless_python.lock.environments import parse, parse_all


def _tags(name: str) -> list[str]:
    return [str(tag) for tag in parse(name).tags]


def test_an_image_takes_wheels_of_its_python_machine_and_glibc_or_older() -> None:
    tags = _tags("debian13_amd64")
    assert tags[0] == "cp313-cp313-manylinux_2_41_x86_64"
    assert {"cp313-abi3-manylinux_2_17_x86_64", "cp38-abi3-manylinux2014_x86_64", "py3-none-any"} <= set(tags)
    assert {"cp313-cp313-manylinux1_x86_64", "cp313-cp313-linux_x86_64", "py3-none-manylinux2010_x86_64"} <= set(tags)
    wrong = ("manylinux_2_42", "musllinux", "aarch64", "cp314", "macosx", "cp313t")
    assert not [tag for tag in tags if any(part in tag for part in wrong)]


def test_a_newer_glibc_tag_is_better_than_an_older_one_and_a_binary_better_than_a_pure_wheel() -> None:
    ranks = {str(tag): rank for tag, rank in parse("debian12_arm64").ranks.items()}
    order = [
        "cp311-cp311-manylinux_2_28_aarch64",
        "cp311-cp311-manylinux_2_17_aarch64",
        "cp311-cp311-manylinux2014_aarch64",
        "cp311-abi3-manylinux_2_28_aarch64",
        "cp39-abi3-manylinux_2_28_aarch64",
        "py3-none-manylinux_2_28_aarch64",
        "py3-none-any",
    ]
    assert sorted(order, key=ranks.__getitem__) == order
    assert "cp311-cp311-manylinux_2_16_aarch64" not in ranks  # no glibc of that architecture is older than 2.17


def test_pythons_before_3_8_have_the_abi_with_m() -> None:
    tags = _tags("debian10_amd64")
    assert tags[0] == "cp37-cp37m-manylinux_2_28_x86_64"
    assert not [tag for tag in tags if "-cp37-" in tag]


def test_a_mac_takes_wheels_for_macs() -> None:
    tags = _tags("python3.12_macos_arm64")
    assert {"cp312-cp312-macosx_11_0_arm64", "cp312-cp312-macosx_14_0_universal2", "py3-none-any"} <= set(tags)
    assert not [tag for tag in tags if "linux" in tag or "macosx_15" in tag]


def test_marker_values_are_the_environments() -> None:
    image, mac = parse("debian12_arm64").markers, parse("python3.14_macos_arm64").markers
    assert (image["python_version"], image["python_full_version"]) == ("3.11", "3.11.2")
    assert (image["sys_platform"], image["platform_system"], image["platform_machine"]) == ("linux", "Linux", "aarch64")
    assert (mac["sys_platform"], mac["platform_system"], mac["platform_machine"]) == ("darwin", "Darwin", "arm64")
    assert set(image) == set(mac)


def test_a_lock_states_the_libc_of_linux_only() -> None:
    assert parse("debian11_amd64").libc_name == "glibc 2.31"
    assert parse("python3.10_macos_arm64").libc_name == ""


@pytest.mark.parametrize(
    ("name", "requires_python", "expected"),
    [
        ("debian11_amd64", ">=3.9", True),
        ("debian11_amd64", ">=3.9,!=3.9.2", False),
        ("debian11_amd64", ">=3.10", False),
        ("python3.9_amd64", ">=3.9,!=3.9.0,!=3.9.1", True),
        ("python3.9_amd64", ">=3.9.10", True),
        ("python3.9_amd64", "<3.9.5", True),
        ("python3.9_amd64", "!=3.9.*", False),
        ("debian13_amd64", "", True),
    ],
)
def test_requires_python(name: str, requires_python: str, expected: bool) -> None:
    assert parse(name).satisfies(SpecifierSet(requires_python)) is expected


def test_every_release_has_both_architectures() -> None:
    names = [f"{release}_{architecture}" for release in RELEASES for architecture in ("amd64", "arm64")]
    assert [environment.name for environment in parse_all(names)] == names


def test_a_repeated_environment_counts_once() -> None:
    assert len(parse_all(["debian13_amd64", "debian13_amd64"])) == 1


@pytest.mark.parametrize(
    "name",
    [
        "debian9_amd64",
        "debian13",
        "debian13_x86_64",
        "python3_amd64",
        "python2.7_amd64",
        "debian13_macos_arm64",
        "",
        "\0",
    ],
)
def test_an_unknown_environment_is_named_with_what_there_is(name: str) -> None:
    with pytest.raises(ToolError, match="no known environment") as caught:
        parse(name)
    assert "debian13" in caught.value.problems[0].remedy


def test_a_python_that_is_not_debians() -> None:
    own, debians = parse("debian13_py314_amd64"), parse("debian13_amd64")
    assert (own.python_version, own.libc, own.release, own.is_image) == ("3.14", debians.libc, "debian13", True)
    assert own.abi == "cp314"
    assert own.satisfies(SpecifierSet(">=3.14.2"))
    assert not own.satisfies(SpecifierSet("<3.14"))
    assert parse("debian12_py37_arm64").abi == "cp37m"


def test_all_unknown_environments_are_reported_at_once() -> None:
    with pytest.raises(ToolError) as caught:
        parse_all(["debian13_amd64", "debian99_amd64", "ubuntu_amd64"])
    assert [problem.subject for problem in caught.value.problems] == ["debian99_amd64", "ubuntu_amd64"]
