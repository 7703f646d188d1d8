"""Why pip-compile ended without a lock, read from what it said."""

from __future__ import annotations

import re
from collections.abc import Callable

from distroless_python.lock.environments import Environment

CONFLICT = "conflict: "
"""How `pip_compile` begins a line for each side of a contradiction."""

ASKED = "what you ask for"
"""Who requires what no distribution does."""

_LINES = 30
_NEWEST = 5
_CHECK = "check pip's configuration (`python3 -m pip config list`) and the connection"
_Why = tuple[str, str]


def explain(said: str, environment: Environment) -> list[_Why]:
    """Reason and remedy of each cause that is recognised; else what was said last."""
    sides = [line[len(CONFLICT) :] for line in said.splitlines() if line.startswith(CONFLICT)]
    if len(sides) > 1:
        remedy = "loosen one of them, or choose another version of what requires it"
        return [(f"these requirements contradict each other: {'; '.join(sides)}", remedy)]
    for pattern, why in _CAUSES:
        match = pattern.search(said)
        if match:
            return [why(match, said, environment)]
    last = "\n      ".join(["", *said.strip().splitlines()[-_LINES:]])
    return [
        (
            f"pip-compile ended without a lock:{last}",
            "look there for what it misses; docs/reference/locks.md of this package has more",
        )
    ]


def _unreachable(match: re.Match[str], said: str, environment: Environment) -> _Why:
    return f"the package index does not answer: {match[1].strip()}", _CHECK


def _no_program(match: re.Match[str], said: str, environment: Environment) -> _Why:
    return f"the program {match[1]} is needed to fetch a requirement and is not on this machine", f"install {match[1]}"


def _nothing(match: re.Match[str], said: str, environment: Environment) -> _Why:
    wanted, versions = match[1], [version.strip() for version in match[2].split(",")]
    others = re.search(r"require a different python version: (.+)", said)
    python = f"Python {environment.python_version}"
    if others:
        needs = "; ".join(dict.fromkeys(re.findall(r"Requires-Python ([^;]+)", others[1])))
        where = f"only for other Pythons ({needs[:200].strip()})" if versions == ["none"] else "for other Pythons too"
        return f"{wanted}: the package index has it {where}, this is {python}", (
            "ask for another version, or choose a base with that Python"
        )
    if versions == ["none"]:
        remedy = (
            "correct the name; if it is right, configure pip for the index that has it (`python3 -m pip config list`)"
        )
        return f"{wanted}: the package index has no such distribution for {python}", remedy
    newest = ", ".join(versions[-_NEWEST:])
    return (
        f"{wanted}: the package index has no such version for {python}; the newest are {newest}",
        "ask for one of them",
    )


def _build(match: re.Match[str], said: str, environment: Environment) -> _Why:
    last = "\n      ".join(["", *said.strip().splitlines()[-_LINES:]])
    reason = (
        f"{match[1]}: its source distribution does not say its version or what it requires without being run:{last}"
    )
    return reason, f"ask for a version of {match[1]} that has a wheel, or one whose metadata is static"


_CAUSES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str, Environment], _Why]], ...] = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"Cannot find command '([^']+)'", _no_program),
        (r"connection broken by '(.+)'", _unreachable),
        (r"((?:HTTP error 4\d\d|\d{3} (?:Client|Server) Error)[^\n]*)", _unreachable),
        (r"Could not find a version that satisfies the requirement (.+?) \(from versions: ([^)]*)\)", _nothing),
        (r"Failed to build '([^']+)'", _build),
    )
)
