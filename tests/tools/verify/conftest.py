"""Fixtures of the tests of verification."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.verification import Verify


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    return Verify(tmp_path, capsys)
