"""Somebody deletes every BUILD file of the examples and runs the generator: everything builds, every test passes."""

from __future__ import annotations

import re

from nested import Nested


def test_the_examples_from_nothing(nested: Nested) -> None:
    deleted = list(nested.root.glob("examples/**/BUILD.bazel"))
    assert len(deleted) > 10
    for path in deleted:
        path.unlink()

    nested.bazel("run", "--noshow_progress", "//tools:generate")
    result = nested.bazel("test", "--noshow_progress", "//examples/...")

    outcomes = dict(re.findall(r"^(//examples/\S+) +(?:\(cached\) )?([A-Z]+)", result.stdout + result.stderr, re.M))
    assert set(outcomes.values()) == {"PASSED"}
    images = {label for label in outcomes if label.endswith(":image_test")}
    assert images == {
        f"//examples/{name}:image_test"
        for name in ("django", "hello", "monorepo/services/api", "monorepo/services/site", "monorepo/services/worker")
    }
    assert len(outcomes) > len(images), "and the unit tests"
