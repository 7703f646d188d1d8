"""Problems, collected and reported."""

from __future__ import annotations

import pytest

from distroless_python.errors import Collector, Problem, ToolError, run_main


def test_a_problem_names_its_place_and_remedy() -> None:
    assert str(Problem("x.whl", "is bad", "fetch it")) == "x.whl: is bad\n    remedy: fetch it"
    assert str(Problem("x.whl", "is bad", "fetch it", "a/b")) == "x.whl: a/b: is bad\n    remedy: fetch it"


def test_an_error_has_problems() -> None:
    with pytest.raises(ValueError, match="at least one Problem"):
        ToolError([])


def test_every_problem_is_raised_at_once() -> None:
    problems = Collector()
    problems.raise_if_any()
    assert not problems
    problems.add("a", "one", "r")
    with problems.catching():
        raise ToolError([Problem("b", "two", "r"), Problem("c", "three", "r")])
    with pytest.raises(ToolError) as caught:
        problems.raise_if_any()
    assert [problem.reason for problem in caught.value.problems] == ["one", "two", "three"]
    assert str(caught.value).count("error: ") == 3


def test_other_errors_are_not_caught() -> None:
    problems = Collector()
    with pytest.raises(KeyError), problems.catching():
        raise KeyError("x")


def test_an_expected_error_is_a_message_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> int:
        raise ToolError(Problem("a", "one", "two"))

    assert run_main(body) == 1
    assert capsys.readouterr().err == "error: a: one\n    remedy: two\n"
    assert run_main(lambda: 7) == 7
