"""docs/explanation/verification.md has the table of codes."""

from __future__ import annotations

from pathlib import Path

from distroless_python.verify.codes import CODES, table


def test_the_table_of_findings_is_up_to_date() -> None:
    text = Path("docs/explanation/verification.md").read_text(encoding="utf-8")
    assert table(CODES) in text, f"write this into docs/explanation/verification.md:\n{table(CODES)}"
