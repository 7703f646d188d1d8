"""The machine that a test of bazelw runs on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from launcher.stand_in import BWRAP, MMDEBSTRAP, REAL_PROGRAMS, SOURCES, Machine

REPOSITORY = Path(__file__).absolute().parents[2]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Debian with bubblewrap and mmdebstrap; no Bazel, no curl, no apt-get."""
    made = Machine(tmp_path)
    for folder in (tmp_path / "bin", tmp_path / "workspace", made.calls, made.etc / "apt" / "sources.list.d"):
        folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "bazelw", tmp_path / "workspace")
    (tmp_path / "workspace" / "offline").mkdir()
    for path in (REPOSITORY / "offline").iterdir():
        if path.suffix in (".sh", ".awk"):
            shutil.copy(path, tmp_path / "workspace" / "offline")
    (made.etc / "apt" / "sources.list.d" / "debian.sources").write_text(SOURCES)
    for name in REAL_PROGRAMS:
        made.real_program(name)
    made.program("bwrap", BWRAP)
    made.program("mmdebstrap", MMDEBSTRAP)
    made.program("newuidmap", "")
    keyrings = tmp_path / "usr" / "share" / "keyrings"
    keyrings.mkdir(parents=True)
    (keyrings / "debian-archive-keyring.gpg").touch()
    assert os.access(tmp_path / "workspace" / "bazelw", os.X_OK)
    return made
