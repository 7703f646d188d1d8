"""Choosing packages and their closure."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from distroless_python.debian.archive import Package
from distroless_python.errors import Collector
from distroless_python.lock.debian.resolve import Index, choose, closure, required_by, unmet


def package(name: str, version: str = "1", archive: str = "debian", **fields: str) -> Package:
    named = {key.replace("_", "-").title(): value for key, value in fields.items()}
    return Package(name, version, archive, {"Package": name, "Version": version, **named})


def names(packages: list[Package]) -> list[str]:
    return [package.name for package in packages]


def add(index: Index, base: Mapping[str, Package], *wanted: str, left_out: tuple[str, ...] = ()) -> list[str]:
    problems = Collector()
    found = names(closure(index, base.values(), wanted, left_out, "the lock", problems))
    problems.raise_if_any()
    return found


def test_newest_version_wins_and_of_equal_ones_the_first_archive() -> None:
    index = Index.of(
        [
            package("a", "1"),
            package("b", "2"),
            package("a", "1", "debian-security"),
            package("b", "10", "debian-security"),
        ]
    )
    assert [(p.version, p.archive) for p in index.packages.values()] == [("1", "debian"), ("10", "debian-security")]


def test_closure_takes_what_is_missing_and_nothing_that_the_base_has() -> None:
    index = Index.of(
        [
            package("libc6", "2.41"),
            package("libgl1", depends="libc6 (>= 2.35), libglvnd0 (= 1), libglx0 | libglx-other"),
            package("libglvnd0", pre_depends="libc6"),
            package("libglx0", depends="libx11-6"),
            package("libx11-6", depends="libx11-data, libc6"),
            package("libx11-data"),
            package("unrelated"),
        ]
    )
    base = {"libc6": index.packages["libc6"]}
    assert add(index, base, "libgl1") == ["libgl1", "libglvnd0", "libglx0", "libx11-6", "libx11-data"]
    assert add(index, base, "libc6") == []


def test_alternatives_in_order_of_preference_but_what_is_there_first() -> None:
    index = Index.of(
        [package("a", depends="one | two"), package("b", depends="three | two"), package("one"), package("two")]
    )
    assert add(index, {}, "a") == ["a", "one"]
    assert add(index, {}, "b") == ["b", "two"]
    assert add(index, {"two": index.packages["two"]}, "a") == ["a"]


def test_virtual_packages() -> None:
    index = Index.of(
        [
            package("mail", depends="mta"),
            package("exact", depends="abi (= 3)"),
            package("zmta", provides="mta"),
            package("amta", provides="mta"),
            package("old", provides="abi (= 2)"),
            package("unversioned", provides="abi"),
            package("new", provides="abi (= 3), other"),
        ]
    )
    assert add(index, {}, "mail") == ["amta", "mail"]
    assert add(index, {"zmta": index.packages["zmta"]}, "mail") == ["mail"]
    assert add(index, {}, "exact") == ["exact", "new"]


def test_who_needs_what_is_added() -> None:
    a = package("a", depends="shared, base1, virtual")
    b = package("b", pre_depends="shared | absent", depends="b")
    shared, provider = package("shared", depends="a, left-out"), package("provider", provides="virtual")
    added = [a, b, provider, shared, package("base2")]
    assert required_by([package("base1", provides="base2")], added, ["b", "a", "gone"]) == {
        "a": ("a", "b"),
        "b": ("b",),
        "provider": ("a", "b"),
        "shared": ("a", "b"),
    }


def test_cycles_end() -> None:
    index = Index.of([package("a", depends="b"), package("b", depends="a")])
    assert add(index, {}, "a") == ["a", "b"]


def test_what_is_left_out_is_not_followed() -> None:
    index = Index.of([package("a", depends="debconf (>= 0.5) | debconf-2.0"), package("debconf")])
    assert add(index, {}, "a", left_out=("debconf",)) == ["a"]


@pytest.mark.parametrize(
    ("packages", "message"),
    [
        ([package("a", depends="gone")], "a: depends on gone, which this release does not have"),
        (
            [package("a", depends="b (>= 2)"), package("b")],
            r"a: depends on b \(>= 2\), which this release does not have",
        ),
        ([package("a", conflicts="b", depends="b"), package("b")], "a: conflicts b"),
        ([package("a", breaks="libc6 (<< 3)")], r"a: breaks libc6 \(<< 3\)"),
        ([package("other", provides="a")], "a: no such package in this release\n.*it is provided by: other"),
        ([], "a: no such package in this release"),
    ],
)
def test_what_cannot_be_added(packages: list[Package], message: str) -> None:
    libc = package("libc6", "2.41")
    with pytest.raises(Exception, match=message):
        add(Index.of([libc, *packages]), {"libc6": libc}, "a")


def test_a_package_may_conflict_with_what_it_provides_itself() -> None:
    index = Index.of([package("a", provides="virtual", conflicts="virtual", replaces="virtual")])
    assert add(index, {}, "a") == ["a"]


def test_a_base_is_checked_against_its_own_dependencies() -> None:
    index = Index.of([package("a", depends="b, c | d, e"), package("b"), package("x", provides="d")])
    problems = Collector()
    chosen = choose(index, ["a", "b", "x", "a"], "lock", problems)
    unmet(chosen, (), "lock", problems)
    assert names(chosen) == ["a", "b", "x"]
    assert [(p.member, p.reason) for p in problems] == [("a", "depends on e, which the base does not have")]
    problems = Collector()
    unmet(chosen, ("e",), "lock", problems)
    assert not problems
