"""A monorepo of 100 images stays within limits of CPU-seconds, bytes and counts."""

from __future__ import annotations

import pytest
from fleet import main


def test_a_hundred_images(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():  # the figures are of use where it passes, too
        assert main(["--check"]) == 0
