"""docs/reference/rules.md says what the rules say."""

from __future__ import annotations

from pathlib import Path

from reference import reference


def test_the_reference_is_up_to_date() -> None:
    assert Path("docs/reference/rules.md").read_text(encoding="utf-8") == reference(Path()), (
        "run `bazel run //tests/docs:reference`"
    )


def test_every_attribute_is_documented() -> None:
    rows = [line for line in reference(Path()).splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row for row in rows if row.endswith("|  |")] == []


def test_what_a_macro_sets_itself_is_no_attribute_of_users() -> None:
    assert "target_architecture" not in reference(Path())
