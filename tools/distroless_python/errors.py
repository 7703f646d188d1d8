"""Expected errors: every problem of an input, each with its place, value, reason and remedy."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input.

    Attributes:
        subject: the label or file that is wrong, as the user knows it.
        reason: what is wrong with it and why, the wrong value included.
        remedy: what to write or run instead.
        member: the member, line or key inside the subject, where there is one.
    """

    subject: str
    reason: str
    remedy: str
    member: str = ""

    def __str__(self) -> str:
        place = f"{self.subject}: {self.member}" if self.member else self.subject
        return f"{place}: {self.reason}\n    remedy: {self.remedy}"


class ToolError(Exception):
    """Raised with all the problems of one input; never with none."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        if not self.problems:
            raise ValueError("a ToolError needs at least one Problem")
        super().__init__("\n".join(f"error: {problem}" for problem in self.problems))


SHOWN = 10
"""Problems that differ in one word only are shown so many times; a hostile input has a million of them."""


class Collector:
    """Gathers problems so that an input's errors are reported in one go."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._alike: Counter[tuple[str, ...]] = Counter()
        self._last: dict[tuple[str, str], int] = {}
        self._left_out: Counter[int] = Counter()

    def __iter__(self) -> Iterator[Problem]:
        for index, problem in enumerate(self._problems):
            more = self._left_out[index]
            yield replace(problem, reason=f"{problem.reason} (and {more:,} more like this)") if more else problem

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, subject: str, reason: str, remedy: str, member: str = "") -> None:
        self._keep(Problem(subject, reason, remedy, member))

    def _keep(self, problem: Problem) -> None:
        """Keeps a problem, or counts it where many are alike: of one reason, of one member, or of one remedy."""
        reasons, remedies = (problem.subject, problem.reason, problem.remedy), (problem.subject, problem.remedy)
        limits = {("reason", *reasons): SHOWN, ("member", problem.member, *remedies): SHOWN, remedies: SHOWN**2}
        if all(self._alike[key] < limit for key, limit in limits.items()):
            self._alike.update(limits.keys())
            self._last[remedies] = len(self._problems)
            self._problems.append(problem)
        else:
            self._left_out[self._last[remedies]] += 1

    def extend(self, problems: Iterable[Problem]) -> None:
        self._problems.extend(problems)

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Keeps the problems of a ToolError raised inside, and goes on."""
        try:
            yield
        except ToolError as error:
            for problem in error.problems:
                self._keep(problem)

    def raise_if_any(self) -> None:
        if self._problems:
            raise ToolError(self)


def run_main(body: Callable[[], int]) -> int:
    """Runs a tool's body; an expected error becomes its message on stderr and exit code 1, Ctrl-C exit code 130."""
    try:
        return body()
    except ToolError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
