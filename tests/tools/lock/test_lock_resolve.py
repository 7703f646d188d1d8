"""What an environment needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from distroless_python.lock import wheel
from distroless_python.lock.choose import Candidate
from distroless_python.lock.environments import parse
from distroless_python.lock.inputs.pins import Pin
from distroless_python.lock.resolve import Plan, closure, direct_names, requirement_graph
from distroless_python.lock.wheel import WheelFacts


def _pin(name: str, *via: str, extras: Sequence[str] = ()) -> Pin:
    return Pin(name, "1", tuple(extras), frozenset(), frozenset(), via, "line 1")


def _plan(
    pins: Sequence[Pin], metadata: Mapping[str, Sequence[str]], environment: str = "debian13_amd64"
) -> tuple[Plan, dict[Candidate, WheelFacts]]:
    """A plan where each pin with metadata has a wheel: `Requires-Dist` lines, `+x` for the extra x."""
    files = {name: Candidate(f"{name}-1-py3-none-any.whl", name) for name in metadata}
    facts = {}
    for name, lines in metadata.items():
        text = "".join(f"Provides-Extra: {x[1:]}\n" if x[0] == "+" else f"Requires-Dist: {x}\n" for x in lines)
        facts[files[name]] = wheel.parse_metadata(text, name)
    return Plan(parse(environment), {pin.name: pin for pin in pins}, files), facts


_UVICORN = [
    "click",
    "+standard",
    "httptools; extra == 'standard'",
    "colorama; sys_platform == 'win32' and extra == 'standard'",
]


def test_markers_decide_what_is_required() -> None:
    pins = [_pin("pytest", "-r x"), _pin("tomli", "pytest"), _pin("iniconfig", "pytest")]
    metadata = {"pytest": ["iniconfig", "tomli; python_version < '3.11'"], "tomli": [], "iniconfig": []}
    for environment, expected in [("debian11_amd64", ("iniconfig", "tomli")), ("debian13_amd64", ("iniconfig",))]:
        needed = closure(*_plan(pins, metadata, environment), ["pytest"])
        assert needed.requires["pytest"] == expected
        assert set(needed.requires) == {"pytest", *expected}


def test_a_requirement_that_is_not_locked_is_in_the_result() -> None:
    needed = closure(*_plan([_pin("a", "-r x")], {"a": ["Missing_One>=1"]}), ["a"])
    assert needed.requires == {"a": ("missing-one",)}


def test_a_cycle_ends() -> None:
    pins = [_pin("a", "-r x", "b"), _pin("b", "a")]
    needed = closure(*_plan(pins, {"a": ["b", "a"], "b": ["a"]}), ["a"])
    assert needed.requires == {"a": ("b",), "b": ("a",)}


def test_extras_of_the_line_and_of_other_requirements() -> None:
    pins = [_pin("app", "-r x"), _pin("uvicorn", "app"), _pin("click", "uvicorn"), _pin("httptools", "uvicorn")]
    metadata = {"app": ["uvicorn[standard]"], "uvicorn": _UVICORN, "click": [], "httptools": []}
    needed = closure(*_plan(pins, metadata), ["app"])
    assert needed.requires["uvicorn"] == ("click", "httptools")
    assert needed.extras["uvicorn"] == {"standard"}
    alone = [_pin("uvicorn", extras=["standard"]), _pin("click"), _pin("httptools")]
    assert closure(*_plan(alone, metadata), ["uvicorn"]).requires["uvicorn"] == ("click", "httptools")


def test_extras_asked_for_later_are_followed() -> None:
    pins = [_pin("a", "-r x"), _pin("b", "a", "c"), _pin("c", "a"), _pin("d", "b")]
    metadata = {"a": ["b", "c"], "b": ["+x", "d; extra == 'x'"], "c": ["b[x]"], "d": []}
    for order in (["a", "c"], ["c", "a"]):
        assert closure(*_plan(pins, metadata), order).requires["b"] == ("d",)


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        (("uvicorn",), ("click", "httptools")),  # nothing but the stripped extra explains it
        (("-r requirements.in",), ("click",)),
        (("other",), ("click",)),
    ],
)
def test_stripped_extras_are_inferred_from_the_comments(via: tuple[str, ...], expected: tuple[str, ...]) -> None:
    pins = [_pin("uvicorn", "-r requirements.in"), _pin("click", "uvicorn"), _pin("httptools", *via)]
    needed = closure(*_plan(pins, {"uvicorn": _UVICORN, "click": [], "httptools": []}), ["uvicorn"])
    assert needed.requires["uvicorn"] == expected


def test_an_extra_of_which_the_lock_lacks_a_part_is_not_inferred() -> None:
    pins = [_pin("a", "-r x"), _pin("b", "a"), _pin("c", "-r x")]
    metadata = {"a": ["+one", "b; extra == 'one'", "+all", "b; extra == 'all'", "c; extra == 'all'"], "b": [], "c": []}
    assert closure(*_plan(pins, metadata), ["a"]).extras["a"] == {"one"}


def test_a_source_distribution_requires_what_it_says_and_what_the_comments_say() -> None:
    pins = [_pin("a", "-r x"), _pin("b", "a"), _pin("c", "b"), _pin("d", "-r x"), _pin("old", "a")]
    plan, facts = _plan(pins, {"a": ["d", "old; python_version < '3'"], "b": ["c"], "c": [], "d": [], "old": []})
    sdist = Candidate("a-1.tar.gz", "a")
    facts[sdist] = facts[plan.files["a"]]
    needed = closure(replace(plan, files={**plan.files, "a": sdist}), facts, ["a"])
    assert needed.requires == {"a": ("b", "d"), "b": ("c",), "c": (), "d": ()}


def test_what_has_no_file_requires_what_the_comments_say() -> None:
    pins = [_pin("a", "-r x"), _pin("b", "a")]
    assert closure(*_plan(pins, {"b": []}), ["a"]).requires == {"a": ("b",), "b": ()}


def test_direct_requirements_by_the_comments() -> None:
    pins = [_pin("a", "-r x"), _pin("b", "a", "-r x"), _pin("c", "b")]
    assert direct_names(pins, [{"a": ("b",), "b": ("c",), "c": ()}]) == {"a", "b"}


def test_direct_requirements_without_comments_are_those_that_nothing_else_requires() -> None:
    pins = [_pin(name) for name in ("a", "b", "c", "x", "y", "z")]
    first = {"a": ("b",), "b": (), "c": (), "x": ("y",), "y": ("x", "z"), "z": ()}
    second = {"a": ("c",), "b": (), "c": (), "x": (), "y": (), "z": ()}
    assert direct_names(pins, [first, second]) == {"a", "x", "y"}  # x and y are a cycle with no way in


def test_the_graph_has_every_pin() -> None:
    pins = [_pin("a"), _pin("b"), _pin("c")]
    graph = requirement_graph(*_plan(pins, {"a": ["b"], "b": [], "c": ["missing"]}))
    assert graph.requires == {"a": ("b",), "b": (), "c": ("missing",)}
