"""Hostile inputs: a part of them, or with HOSTILE=all the whole campaign. The seed is in the log."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from hostile import campaign

EVERY, MUTANTS = 40, 120


def test_nothing_gets_through(tmp_path: Path) -> None:
    whole = os.environ.get("HOSTILE") == "all"
    size = {"mutants": 10_000, "every": 1} if whole else {"mutants": MUTANTS, "every": EVERY}
    arguments = argparse.Namespace(seed=int(os.environ.get("HOSTILE_SEED", "1")), only=[], verbose=False, **size)
    assert campaign.report(campaign.Campaign(tmp_path), arguments) == []


def test_there_are_kinds_enough() -> None:
    assert sum(len(subject.kinds) for subject in campaign.subjects()) > 400
