"""`venv`: a virtual environment for editors."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import venv
from distroless_python.errors import ToolError


class Workspace:
    """A workspace with a source, and runfiles with two wheels: as a tree behind a link, and as links to files."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "workspace"
        self.runfiles = directory / "runfiles"
        self.manifest = directory / "manifest"
        (self.root / "src").mkdir(parents=True)
        (self.root / "src/own.py").write_text("NAME = 'own'\n")
        (self.runfiles / "_main").mkdir(parents=True)
        for name in ("tree", "files"):
            site = directory / f"cache/{name}/site-packages"
            info = site / f"{name}-1.0.dist-info"
            info.mkdir(parents=True)
            (site / f"{name}_module.py").write_text(
                "class Cli:\n    @staticmethod\n    def run():\n        print(__name__)\n"
            )
            (info / "entry_points.txt").write_text(f"[console_scripts]\n{name}-Run = {name}_module:Cli.run [extra]\n")
        (self.runfiles / "tree").symlink_to(directory / "cache/tree")
        for path in (directory / "cache/files").rglob("*.*"):
            if path.is_file():
                link = self.runfiles / "files" / path.relative_to(directory / "cache/files")
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path)

    def make(self, **fields: Any) -> int:
        imports = ["_main/src", "tree/site-packages", "files/site-packages", "not_there/site-packages"]
        manifest = {"label": "//:venv", "directory": ".venv", "imports": imports, "workspace": "_main", **fields}
        self.manifest.write_text(json.dumps(manifest))
        return venv.main([str(self.manifest)])


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    found = Workspace(tmp_path)
    monkeypatch.chdir(found.runfiles / "_main")
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(found.root))
    return found


def test_what_it_imports_and_starts(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert workspace.make() == workspace.make() == 0  # the second one takes the first one's place
    assert capsys.readouterr().out.endswith("2 distributions, 2 scripts\n")
    programs = workspace.root / ".venv/bin"
    code = "import own, tree_module, files_module; print(own.NAME, own.__file__, files_module.__file__)"
    said = subprocess.run([programs / "python", "-c", code], capture_output=True, text=True, check=True, cwd="/").stdout
    site = tmp_path / "cache/files/site-packages"
    assert said.split() == ["own", str(workspace.root / "src/own.py"), str(site / "files_module.py")]
    for name in ("tree", "files"):
        assert subprocess.check_output([programs / f"{name}-Run"], text=True) == f"{name}_module\n"


def test_a_directory_of_somebody_else(workspace: Workspace) -> None:
    with pytest.raises(
        ToolError, match=r"//:venv: .*/src is there and is not a virtual environment\n.*another `directory`"
    ):
        workspace.make(directory="src")
    assert (workspace.root / "src/own.py").exists()


def test_without_bazel_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY")
    with pytest.raises(ToolError, match="start it by `bazel run //:venv`"):
        workspace.make()
