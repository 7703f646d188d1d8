"""The table of the sources that actions get is what the imports say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import action_sources
from distroless_python.actions.main import COMMANDS

ALL = sorted(command for commands in action_sources.GROUPS.values() for command in commands)


def test_the_table_is_up_to_date() -> None:
    table = action_sources.TABLE.read_text(encoding="utf-8")
    assert table == action_sources.table(), "run python3 tools/action_sources.py"


def test_every_command_is_in_one_group() -> None:
    assert sorted(COMMANDS) == ALL


@pytest.mark.parametrize("group", action_sources.GROUPS)
def test_the_sources_are_enough_to_import_every_command(group: str, tmp_path: Path) -> None:
    """In an interpreter without anything else; functions' own imports are found by reading."""
    commands = action_sources.GROUPS[group]
    for path in action_sources.sources(commands):
        copy = tmp_path / action_sources.PACKAGE / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((action_sources.TOOLS / action_sources.PACKAGE / path).read_bytes())
    modules = ", ".join(f"distroless_python.actions.{command.replace('-', '_')}" for command in commands)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {modules}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_what_is_imported_late_or_relatively_is_found_and_what_type_checkers_see_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / action_sources.PACKAGE
    for path in ("__init__.py", "a/__init__.py", "a/b.py", "a/c.py", "a/d.py", "a/e.py"):
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text("")
    (package / "a/b.py").write_text(
        "from typing import TYPE_CHECKING\nfrom . import c\nif TYPE_CHECKING:\n    import distroless_python.a.d\n"
        "def f():\n    from distroless_python.a import e\n    import json\n"
    )
    monkeypatch.setattr(action_sources, "TOOLS", tmp_path)
    assert set(action_sources.imported("a/b.py")) == {"__init__.py", "a/__init__.py", "a/c.py", "a/e.py"}


def test_layers_do_not_depend_on_what_judges_them() -> None:
    layers = action_sources.sources(action_sources.GROUPS["layer"])
    assert not [path for path in layers if path.startswith(("verify/", "image/", "sbom/", "registry/"))]
