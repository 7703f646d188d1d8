"""Expected errors: every problem of an input, each with its place, value, reason and remedy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


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


class Collector:
    """Gathers problems so that an input's errors are reported in one go."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, subject: str, reason: str, remedy: str, member: str = "") -> None:
        self._problems.append(Problem(subject, reason, remedy, member))

    @contextmanager
    def catching(self) -> Iterator[None]:
        """Keeps the problems of a ToolError raised inside, and goes on."""
        try:
            yield
        except ToolError as error:
            self._problems.extend(error.problems)

    def raise_if_any(self) -> None:
        if self._problems:
            raise ToolError(self._problems)


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
