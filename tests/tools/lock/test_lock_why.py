"""What pip says, and what is told of it."""

from __future__ import annotations

import pytest

from distroless_python.lock.environments import parse
from distroless_python.lock.why import explain

_FOUND = "Could not find a version that satisfies the requirement"


@pytest.mark.parametrize(
    ("said", "reason", "remedy"),
    [
        (
            "noise\nconflict: what you ask for requires django<4\nconflict: allauth 65 requires Django>=4.2\nmore",
            "contradict each other: what you ask for requires django<4; allauth 65 requires Django>=4.2",
            "loosen one of them",
        ),
        (
            f"ERROR: {_FOUND} djagno (from versions: none)\n",
            "djagno: the package index has no such distribution",
            "correct the name",
        ),
        (
            f"ERROR: {_FOUND} django==99 (from versions: 1, 2, 3, 4, 5, 6)\n",
            "django==99: the package index has no such version for Python 3.13; the newest are 2, 3, 4, 5, 6",
            "ask for one of them",
        ),
        (
            "ERROR: Ignored the following versions that require a different python version: 9 Requires-Python >=3.14\n"
            f"ERROR: {_FOUND} new (from versions: none)\n",
            "new: the package index has it only for other Pythons (>=3.14), this is Python 3.13",
            "choose a base with that Python",
        ),
        (
            "WARNING: Retrying (...) after connection broken by 'NewConnectionError(refused)': /simple\n"
            f"ERROR: {_FOUND} django (from versions: none)\n",
            "the package index does not answer: NewConnectionError(refused)",
            "check pip's configuration",
        ),
        (
            "ERROR: Cannot find command 'git' - do you have 'git' installed?\n",
            "the program git is needed",
            "install git",
        ),
        ("Failed to build 'odd' when getting requirements", "odd: its source distribution does not say", "static"),
        ("Segmentation fault", "pip-compile ended without a lock:\n      Segmentation fault", "look there"),
    ],
)
def test_the_true_cause(said: str, reason: str, remedy: str) -> None:
    ((found, advice),) = explain(said, parse("debian13_amd64"))
    assert reason in found
    assert remedy in advice
