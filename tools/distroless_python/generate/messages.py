"""Problems of a kind are said together: a missing module once for all that import it, and ten of a kind at most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from distroless_python.errors import Problem

_MOST = 10
_PLACES = 3


@dataclass(frozen=True, order=True)
class Grouped(Problem):
    """A problem that others may share.

    Attributes:
        kind: what it is about, as the end of a sentence that begins with a number: `modules that nothing provides`.
        name: those of a kind with the same name are one message.
    """

    kind: str = ""
    name: str = ""


def restored(row: Sequence[str]) -> Problem:
    """The problem of such a row as `dataclasses.astuple` makes."""
    return Grouped(*row) if len(row) > 4 else Problem(*row)


def brief(problems: Iterable[Problem], everything: bool) -> list[Problem]:
    """What is said of some problems, in their order; `everything` leaves none out."""
    unique = list(dict.fromkeys(problems))
    if everything:
        return unique
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in unique:
        key = (problem.kind, problem.name) if isinstance(problem, Grouped) else ("", str(problem))
        groups.setdefault(key, []).append(problem)
    shown: dict[str, int] = {}
    left: dict[str, list[str]] = {}
    result = []
    for (kind, name), members in groups.items():
        shown[kind] = shown.get(kind, 0) + 1
        if kind and shown[kind] > _MOST:
            left.setdefault(kind, []).append(name)
        else:
            result.append(_together(members))
    for kind, names in left.items():
        some = ", ".join(names[:_MOST]) + ", ..." * (len(names) > _MOST)
        result.append(Problem(f"{len(names)} more {kind}", some, "see them all with --all"))
    return result


def _together(members: list[Problem]) -> Problem:
    first = members[0]
    if len(members) == 1:
        return first
    places = [_place(problem) for problem in members[1:]]
    others = ", ".join(places[:_PLACES]) + ", ..." * (len(places) > _PLACES)
    return Problem(
        first.subject,
        f"{first.reason} (and in {len(places)} more place{'s' * (len(places) > 1)}: {others})",
        first.remedy,
        first.member,
    )


def _place(problem: Problem) -> str:
    return f"{problem.subject}:{problem.member.removeprefix('line ')}" if problem.member else problem.subject
