"""Versions, specifiers, requirements and markers: the specification's answers, with `packaging` as the oracle."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging import requirements as oracle
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version as OracleVersion

from distroless_python.python.pep440 import InvalidVersion, Version, satisfies
from distroless_python.python.pep508 import InvalidRequirement, Requirement, normalise
from support.properties import patient

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


def _choice(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(values)


versions = st.tuples(
    _choice("", "", "1!", "v"),
    st.lists(_choice("0", "1", "2", "3", "10"), min_size=1, max_size=3).map(".".join),
    _choice("", "", "", "a1", "b2", ".alpha", "c3", "rc", "-pre2"),
    _choice("", "", "", ".post1", "-2", ".rev3", "post"),
    _choice("", "", "", ".dev1", "dev", ".dev2"),
    _choice("", "", "", "+local", "+1.2", "+ABC-3"),
).map("".join)
operators = _choice("==", "!=", "<", ">", "<=", ">=", "~=", "===")


@patient
@given(one=versions, other=versions)
def test_versions_compare_as_packaging_compares_them(one: str, other: str) -> None:
    assert (Version.parse(one) < Version.parse(other)) == (OracleVersion(one) < OracleVersion(other))
    assert (Version.parse(one) == Version.parse(other)) == (OracleVersion(one) == OracleVersion(other))
    if Version.parse(one) == Version.parse(other):
        assert hash(Version.parse(one)) == hash(Version.parse(other))


@settings(patient, max_examples=500)
@given(version=versions, operator=operators, wanted=versions, star=_choice("", "", ".*"))
@example(version="1.1.post1", operator=">", wanted="1.1", star="")
@example(version="3.12rc1", operator="<", wanted="3.12", star="")
@example(version="2.10", operator="~=", wanted="2.2", star="")
def test_specifiers_answer_as_packaging_answers(version: str, operator: str, wanted: str, star: str) -> None:
    specifier = operator + wanted + star
    try:
        expected = SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        with pytest.raises(InvalidVersion):
            satisfies(version, specifier)
    else:
        assert satisfies(version, specifier) == expected


@pytest.mark.parametrize(
    ("version", "specifiers", "expected"),
    [
        ("3.13.5", ">=3.9", True),
        ("3.13.5", ">=3.9,<3.13", False),
        ("3.13.5", "", True),
        ("3.13.5", " >= 3.9 , != 3.13.* ,", False),
        ("5.0rc1", ">=4", True),
    ],
)
def test_specifier_lists(version: str, specifiers: str, expected: bool) -> None:
    assert satisfies(version, specifiers) is expected


@pytest.mark.parametrize("specifier", ["3.9", ">=", ">=x", "~=1", ">=1.*", ">=1+local", "==1a.*", "=>1", "<1 2"])
def test_what_is_no_specifier(specifier: str) -> None:
    with pytest.raises(InvalidVersion):
        satisfies("1", specifier)


REQUIREMENTS = [
    "Foo_Bar.baz",
    "a>=1",
    "a >=1,<2",
    "a (>=1)",
    "a()",
    "a[X_y, z]>=1; extra == 'q'",
    "a @ https://example.com/x;y=1 ; python_version < '3'",
    "a@ file:///x",
    "a; python_version in '2.7, 3.13'",
    'a;"linux" in sys_platform',
    "a;(python_version<'3' or os_name=='posix') and platform_machine=='x86_64'",
    "a;python_version<'3' or os_name=='posix' and platform_machine=='arm'",
    "a; python_full_version < '3.13.4'",
    "a; python_version not  in '3.13'",
    "a; '3.9' <= python_version",
    "a; sys_platform > 'a'",
    "a; sys_platform >= 'linux' and sys_platform != 'win32'",
    "a; python_version >= 'x'",
    "a;os.name=='posix' and python_implementation=='CPython'",
    "a===foo",
    *("a; ", "a;", "a; python_version", "a>=", "a>1 b", "a-", "", "a[", "a[x", "a (>dev)", "a>=2.7.*", "a; bogus=='1'"),
    *("a>=1 <2", "a[x y]", "a; os_name=='a' x", "a; (os_name=='a'", "a; and", "a; os_name=='a", "$", "a; os_name 'x'"),
]


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_requirements_as_packaging_reads_them(text: str) -> None:
    try:
        expected = oracle.Requirement(text)
    except oracle.InvalidRequirement:
        with pytest.raises(InvalidRequirement):
            Requirement.parse(text)
        return
    found = Requirement.parse(text)
    assert found.name == normalise(expected.name)
    assert set(found.extras) == {normalise(extra) for extra in expected.extras}
    assert found.admits("1.5") == expected.specifier.contains("1.5", prereleases=True)
    if expected.marker and "extra" not in text:
        assert found.applies(LINUX) == expected.marker.evaluate(dict(LINUX))


def test_extras() -> None:
    requirement = Requirement.parse('idna>=2; extra == "Foo_Bar" and python_version >= "3.9"')
    assert not requirement.applies(LINUX)
    assert requirement.applies(LINUX, ["foo-bar"])
    assert not requirement.applies({**LINUX, "python_version": "3.7"}, ["foo-bar"])


def test_a_version_that_is_none_satisfies_nothing() -> None:
    assert not Requirement.parse("a>=1").admits("unknown")
    assert Requirement.parse("a").admits("unknown")


def _name(parse: Callable[[str], object], text: str) -> str:
    """The normalised name that a parser finds, empty where it says that this is not a requirement."""
    try:
        return normalise(str(parse(text).name))  # type: ignore[attr-defined]
    except (InvalidRequirement, oracle.InvalidRequirement):
        return ""


@settings(patient, max_examples=200)
@given(
    text=st.lists(
        _choice("a", "b.c", "1", "[", "]", "x", ",", "(", ")", ";", "<", ">=", "==", "~=", ".*", " ", "'3'", '"q"')
        | _choice("and", "or", "not in", "in", "os_name", "python_version", "extra"),
        max_size=12,
    )
    .map("".join)
    .filter(lambda text: "===" not in text)  # what may follow that is almost anything
)
def test_any_text_is_what_packaging_takes_it_for(text: str) -> None:
    assert _name(Requirement.parse, text) == _name(oracle.Requirement, text)
