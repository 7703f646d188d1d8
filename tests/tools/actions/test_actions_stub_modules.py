"""Modules that say why they are not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from distroless_python.actions import stub_modules


@pytest.mark.parametrize("module", ["psycopg2", "google.cloud.storage"])
def test_an_import_says_why(tmp_path: Path, module: str) -> None:
    (tmp_path / "manifest").write_text(
        json.dumps(
            {
                "modules": ["psycopg2", "google.cloud.storage"],
                "reason": "it's not here",
                "output": str(tmp_path / "out"),
            }
        )
    )
    assert stub_modules.main([str(tmp_path / "manifest")]) == 0
    script = f"try:\n    import {module}\nexcept ImportError as error:\n    print(error.name, error)"
    said = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(tmp_path / "out")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"{module} it's not here\n"
