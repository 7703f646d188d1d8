"""Hostile inputs by the thousand, and whether anything got through: see docs/explanation/hostile.md.

bazel run //tests/hostile:campaign -- --seed 1 --mutants 10000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

from hostile import debs, documents, elfs, registries, sdists, wheels
from hostile.arena import ACCEPTED, CRASHES, MEMORY, REFUSED, Arena, Outcome, clock, remove
from hostile.engines import Engines
from hostile.subject import Maker, Subject


def subjects() -> list[Subject]:
    """All that is attacked."""
    return [subject for module in (wheels, debs, elfs, documents, sdists, registries) for subject in module.subjects()]


@dataclass
class Tally:
    """What became of a subject's inputs.

    Attributes:
        kinds: inputs that somebody thought of.
        mutants: the others.
        verdicts: how attacks ended.
        stricter: inputs that only the oracle accepts.
        laxer: inputs that only ours accepts.
        failures: what must not happen, with the input's name.
        seconds: the longest attack.
        memory: the most bytes above an idle process.
    """

    kinds: int = 0
    mutants: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    stricter: list[str] = field(default_factory=list)
    laxer: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0
    memory: int = 0


class Campaign:
    """Attacks in a directory, which the caller removes."""

    def __init__(self, directory: Path, *, oracles: bool = True) -> None:
        self._inputs, layers = directory / "inputs", directory / "layers"
        layers.mkdir()
        self._arena = Arena(directory)
        self._oracles = oracles
        self.engines = Engines(layers)

    def attack(self, subject: Subject, name: str, make: Maker, tally: Tally) -> None:
        """Makes one input, attacks with it, and compares."""
        if self._inputs.exists():
            remove(self._inputs)
        self._inputs.mkdir()
        path = make(self._inputs)
        ours = self._arena.run(partial(self._run, subject, path, name), subject.outputs)
        tally.verdicts[ours.verdict] += 1
        tally.seconds, tally.memory = max(tally.seconds, ours.seconds), max(tally.memory, ours.memory)
        tally.failures += [f"{subject.name}: {name}: {what}" for what in _failures(ours)]
        if subject.oracle and self._oracles and ours.verdict in (ACCEPTED, REFUSED):
            theirs = self._arena.run(partial(subject.oracle, path), None)
            self._compare(subject, name, ours, theirs, tally)

    def _run(self, subject: Subject, path: Path, name: str, outputs: Path) -> object:
        result = subject.attack(path, outputs)
        if subject.layer:
            self.engines.keep(outputs / subject.layer, name)
        return result

    def _compare(self, subject: Subject, name: str, ours: Outcome, theirs: Outcome, tally: Tally) -> None:
        if ours.verdict == theirs.verdict == ACCEPTED:
            if what := subject.compare(ours.result, theirs.result):
                tally.failures.append(f"{subject.name}: {name}: {what}")
        elif ours.verdict == ACCEPTED:
            tally.laxer.append(f"{name}: {(theirs.said.strip().splitlines() or ['?'])[-1][:200]}")
        elif theirs.verdict == ACCEPTED:
            tally.stricter.append(f"{name}: {(ours.said.splitlines() or ['?'])[0][:200]}")


def _failures(outcome: Outcome) -> Iterator[str]:
    if outcome.verdict in CRASHES:
        yield f"{outcome.verdict}: {outcome.said[-800:]}"
    if outcome.left:
        yield f"left behind: {outcome.left[:5]}"
    if outcome.memory > MEMORY:
        yield f"{outcome.memory >> 20} MB"


def run(
    campaign: Campaign, seed: int, mutants: int, every: int, only: Sequence[str] = ()
) -> Iterator[tuple[str, Tally]]:
    """Attacks every subject with its kinds (each `every`th of them), and with its share of mutants."""
    chosen = [subject for subject in subjects() if not only or subject.name in only]
    weights = sum(subject.weight for subject in chosen)
    for subject in chosen:
        tally = Tally()
        for name, make in list(subject.kinds.items())[seed % every :: every]:
            campaign.attack(subject, name, make, tally)
            tally.kinds += 1
        for number in range(mutants * subject.weight // max(1, weights)):
            name = f"mutant {number} of seed {seed}"
            campaign.attack(subject, name, subject.mutant(Random(f"{seed} {subject.name} {number}")), tally)
            tally.mutants += 1
        yield subject.name, tally


COLUMNS = ("kinds", "mutants", "accepted", "refused", "stricter", "laxer", "got through", "seconds", "MB")


def _row(name: str, tally: Tally) -> str:
    """A row of the table, as it stands in docs/explanation/hostile.md."""
    numbers = [tally.kinds, tally.mutants, tally.verdicts[ACCEPTED], tally.verdicts[REFUSED]]
    numbers += [len(tally.stricter), len(tally.laxer), len(tally.failures)]
    return f"| {' | '.join([name, *map(str, numbers), f'{tally.seconds:.1f}', str(tally.memory >> 20)])} |"


def report(campaign: Campaign, arguments: argparse.Namespace) -> list[str]:
    """Runs the campaign and prints what becomes of it; what got through."""
    failures: list[str] = []
    print(f"seed {arguments.seed}\n\n| | {' | '.join(COLUMNS)} |\n| --- |{' --: |' * len(COLUMNS)}", flush=True)
    notes: list[str] = []
    for name, tally in run(campaign, arguments.seed, arguments.mutants, arguments.every, arguments.only):
        print(_row(name, tally), flush=True)
        failures += tally.failures
        notes += [f"stricter: {name}: {note}" for note in tally.stricter]
        notes += [f"laxer: {name}: {note}" for note in tally.laxer]
    print("\n".join([*(notes if arguments.verbose else ()), *failures]), flush=True)
    refused = campaign.engines.refused()
    engines = " and ".join(campaign.engines.names) or "no engine"
    print("\n".join([f"{len(campaign.engines)} layers for {engines}", *refused, f"{clock():.0f} s of CPU"]))
    return failures + refused


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the mutants; the time by default")
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=1, help="take each Nth kind only")
    parser.add_argument("--only", action="append", default=[], help="a subject's name; may be repeated")
    parser.add_argument("--verbose", action="store_true", help="list where ours and the oracle do not agree")
    arguments = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="hostile."))
    try:
        failures = report(Campaign(directory), arguments)
    finally:
        remove(directory)
    print(f"{len(failures)} got through" if failures else "nothing got through")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
