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


@pytest.mark.parametrize("varies", ["reason", "member", "both"])
def test_a_million_problems_are_a_short_message(varies: str) -> None:
    problems = Collector()
    problems.add("x.whl", "is bad", "fetch it")
    for number in range(100_000):
        reason, member = (f"lists {number}", "RECORD") if varies == "reason" else ("is not listed", str(number))
        problems.add("x.whl", f"{reason} {number}" if varies == "both" else reason, "build it again", member)
    problems.add("x.whl", "is worse", "fetch it")
    with pytest.raises(ToolError) as caught:
        problems.raise_if_any()
    shown = 100 if varies == "both" else 10
    assert len(caught.value.problems) == shown + 2
    assert f" (and {100_000 - shown:,} more like this)\n" in str(caught.value)
    assert len(str(caught.value)) < 10_000
    assert "is worse" in str(caught.value)


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
