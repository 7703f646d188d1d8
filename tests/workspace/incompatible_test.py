"""What later releases of Bazel change, as far as this one has flags for it: see docs/reference/compatibility.md."""

from __future__ import annotations

import re
from pathlib import Path

from nested import Nested


def listed(nested: Nested, first_heading: str) -> set[str]:
    """The flags in the first column of the table that has this heading there."""
    text = Path(nested.root, "docs/reference/compatibility.md").read_text()
    found = re.search(rf"^\| {re.escape(first_heading)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, first_heading
    return {f"incompatible_{name}" for name in re.findall(r"^\| `(\w+)` \|", found[1], re.MULTILINE)}


def test_every_flag_that_is_off_is_in_one_of_the_tables(nested: Nested) -> None:
    options = nested.bazel("help", "build", "--long").stdout
    off = re.findall(r"^  --\[no\](incompatible_\w+) \(a boolean; default: \"false\"\)", options, re.MULTILINE)
    assert sorted(off) == sorted([*listed(nested, "`--incompatible_…`"), *listed(nested, "not among them")])


def test_rules_and_examples_are_analysed_with_all_of_them(nested: Nested) -> None:
    flags = [f"--{flag}" for flag in sorted(listed(nested, "`--incompatible_…`"))]
    nested.bazel("build", "--nobuild", "--noshow_progress", *flags, "//rules/...", "//examples/...")
