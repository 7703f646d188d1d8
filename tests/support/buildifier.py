"""The real buildifier, where the machine has one."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


def find_buildifier() -> str:
    """The program; skips the test that asks for it where there is none."""
    program = os.environ.get("BUILDIFIER") or shutil.which("buildifier")
    if not program:
        pytest.skip("no buildifier: put it on the PATH, or name it in BUILDIFIER")
    return program


def buildify(text: str) -> str | None:
    """What buildifier makes of a BUILD file; None where it does not parse."""
    done = subprocess.run([find_buildifier(), "-type=build"], input=text.encode(), capture_output=True, check=False)
    return done.stdout.decode() if done.returncode == 0 else None
