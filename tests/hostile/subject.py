"""What is attacked: a program, the inputs for it, and whom it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

Maker = Callable[[Path], Path]
"""Writes an input into a directory that is new, and returns the input's path."""


@dataclass(frozen=True)
class Subject:
    """A program under attack.

    Attributes:
        name: for the table.
        kinds: hostile inputs that somebody thought of, by name.
        mutant: a randomly damaged input; it depends on the random numbers only.
        attack: runs the program on an input, outputs go to the directory; the result is JSON.
        outputs: what an attack that is accepted leaves, None for anything.
        oracle: likewise, of somebody else's program; what it raises is its refusal.
        compare: the difference of two results, where both accept; empty where there is none that matters.
        weight: how many of a campaign's mutants are its, relative to others.
        layer: the name of the output that is a layer, for container engines.
    """

    name: str
    kinds: Mapping[str, Maker]
    mutant: Callable[[Random], Maker]
    attack: Callable[[Path, Path], Any]
    outputs: frozenset[str] | None
    oracle: Callable[[Path, Path], Any] | None = None
    compare: Callable[[Any, Any], str] = lambda ours, theirs: "" if ours == theirs else "they differ"
    weight: int = 1
    layer: str = ""


def named(kinds: Iterator[tuple[str, Maker]]) -> dict[str, Maker]:
    """Kinds by name; a name that is there twice is a mistake."""
    found: dict[str, Maker] = {}
    for name, maker in kinds:
        if name in found:
            raise ValueError(f"two kinds are called {name!r}")
        found[name] = maker
    return found


def file(name: str, data: bytes) -> Maker:
    """A maker of one file."""

    def make(place: Path) -> Path:
        (place / name).write_bytes(data)
        return place / name

    return make
