"""How many problems are said, and which together."""

from __future__ import annotations

from distroless_python.errors import Problem
from distroless_python.generate.messages import Grouped, brief, restored

KIND = "modules that nothing provides"


def missing(path: str, line: int, name: str) -> Problem:
    return Grouped(path, f"import {name}: nothing provides it", "lock it", f"line {line}", KIND, name)


def test_a_module_is_missed_once() -> None:
    problems = [missing("a.py", 1, "gi"), missing("b.py", 2, "gi"), missing("b.py", 2, "gi"), missing("c.py", 3, "x")]
    assert [str(problem).partition("\n")[0] for problem in brief(problems, everything=False)] == [
        "a.py: line 1: import gi: nothing provides it (and in 1 more place: b.py:2)",
        "c.py: line 3: import x: nothing provides it",
    ]
    assert brief(problems, everything=True) == [problems[0], problems[1], problems[3]]


def test_many_places_are_counted() -> None:
    (problem,) = brief([missing("a.py", line, "gi") for line in range(1, 7)], everything=False)
    assert problem.reason.endswith("(and in 5 more places: a.py:2, a.py:3, a.py:4, ...)")


def test_ten_of_a_kind_and_a_count() -> None:
    others = [Problem(f"{number}.py", "does not parse", "correct it") for number in range(12)]
    found = brief([*others, *(missing("a.py", 1, f"m{number}") for number in range(12))], everything=False)
    assert found[:12] == others, "what is of no kind is always said"
    assert len(found) == 23
    assert str(found[-1]) == "2 more modules that nothing provides: m10, m11\n    remedy: see them all with --all"


def test_rows_of_the_cache() -> None:
    problem = missing("a.py", 1, "gi")
    assert restored(["a.py", problem.reason, "lock it", "line 1", KIND, "gi"]) == problem
    assert restored(["a.py", "wrong", "correct it", ""]) == Problem("a.py", "wrong", "correct it")
