"""A monorepo of 100 images stays within limits of CPU-seconds, bytes and counts."""

from __future__ import annotations

from fleet import main


def test_a_hundred_images() -> None:
    assert main(["--check"]) == 0
