"""Requirements as verification asks about them. What they mean is tested in the vendored library."""

from __future__ import annotations

import pytest

from distroless_python.python.requirements import (
    InvalidRequirement,
    admits,
    applies,
    parse,
    python_fits,
    requirement_name,
)

LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.5",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": "3.13.5",
    "python_version": "3.13",
    "sys_platform": "linux",
}


def test_extras() -> None:
    requirement = parse('idna>=2; extra == "Foo_Bar" and python_version >= "3.9"')
    assert not applies(requirement, LINUX)
    assert applies(requirement, LINUX, ["foo-bar"])
    assert not applies(requirement, {**LINUX, "python_version": "3.7"}, ["foo-bar"])


@pytest.mark.parametrize(
    ("requirement", "version", "expected"),
    [
        ("a>=1", "unknown", False),
        ("a>=1", "1.5", True),
        ("a>=1,<2", "2.0", False),
        ("a<3.12", "3.12rc1", False),
        ("a>=4", "5.0rc1", True),
    ],
)
def test_what_a_requirement_admits(requirement: str, version: str, expected: bool) -> None:
    assert admits(parse(requirement), version) is expected


@pytest.mark.parametrize("text", ["a (>dev)", "a>=", "", "a; bogus=='1'", "a[x"])
def test_what_is_not_a_requirement(text: str) -> None:
    with pytest.raises(InvalidRequirement) as caught:
        parse(text)
    assert str(caught.value).startswith(f"{text!r} is not a valid requirement: ")
    assert "\n" not in str(caught.value)
    assert requirement_name(text) == ""


def test_the_name_of_a_requirement() -> None:
    assert requirement_name("Foo_Bar.baz[x]>=1; os_name == 'nt'") == "foo-bar-baz"


@pytest.mark.parametrize(
    ("specifiers", "version", "expected"),
    [
        (">=3.8", "3.13.5", True),
        ("<3.13", "3.13.5", False),
        (">=3.13.2", "3.13.1", False),
        (">=3.13.2", "3.13", True),  # some patch release of it fits
        ("<3.13", "3.13", False),
        ("==3.12.*", "3.13", False),
        ("not a specifier", "3.13.5", True),  # as pip has it
        ("", "3.13", True),
    ],
)
def test_requires_python(specifiers: str, version: str, expected: bool) -> None:
    assert python_fits(specifiers, version) is expected
