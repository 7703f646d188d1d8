"""`--init`: what MODULE.bazel lacks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from distroless_python.errors import Collector
from distroless_python.generate.main import main
from distroless_python.generate.read.workspace import read_workspace
from distroless_python.generate.write import init
from support.buildifier import find_buildifier

STANZA = """bazel_dep(name = "rules_python", version = "1.4.1")
bazel_dep(name = "rules_distroless_python", version = "0.1.0")

distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.base(
    name = "python3_debian13",
    lock = "//:debian13.lock.json",
)
distroless.wheels(
    name = "pypi",
    lock = "//:wheels.lock.json",
)
use_repo(distroless, "pypi", "python3_debian13")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with nothing but a source."""
    workspace = tmp_path / "My Shop"
    (workspace / "a").mkdir(parents=True)
    (workspace / "a/__main__.py").write_text("import json\n")
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return workspace


def test_a_workspace_from_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--init"]) == 1, "the locks are still to be made"
    assert (root / "MODULE.bazel").read_text() == f'module(name = "my_shop")\n\n{STANZA}'
    assert (root / "BUILD.bazel").read_text() == "# distroless:base @python3_debian13\n"
    assert not (root / "a/BUILD.bazel").exists(), "without a lock nothing is known of imports"
    assert "wheels.lock.json: the lock cannot be read" in capsys.readouterr().err

    (root / "wheels.lock.json").write_text('{"format": 1, "kind": "wheels", "distributions": {}}')
    before = (root / "MODULE.bazel").read_text()
    assert main(["--init"]) == 0
    assert (root / "MODULE.bazel").read_text() == before, "a second time adds nothing"
    assert 'py_image(\n    name = "image"' in (root / "a/BUILD.bazel").read_text()


def test_what_is_there_stays(root: Path) -> None:
    text = (
        '# Mine.\nmodule(name = "shop")\nbazel_dep(name = "rules_python", version = "9")\n'
        'd = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")\n'
        'd.base(name = "python3_debian12", lock = "//:x.json")\n'
    )
    (root / "MODULE.bazel").write_text(text)
    (root / "BUILD").write_text("# mine\n")
    main(["--init"])

    added = (root / "MODULE.bazel").read_text()
    assert added.startswith(text)
    assert 'bazel_dep(name = "rules_distroless_python"' in added
    assert added.count('rules_python"') == 1
    assert ".base(" not in added[len(text) :]
    assert 'use_repo(distroless, "pypi")' in added
    assert (root / "BUILD").read_text() == "# distroless:base @python3_debian12\n\n# mine\n"


def test_check_shows_it_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--init", "--check"]) == 1
    assert not (root / "MODULE.bazel").exists()
    assert '+bazel_dep(name = "rules_python", version = "1.4.1")' in capsys.readouterr().out


def test_without_init_it_is_said_what_is_missing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    message = capsys.readouterr().err
    assert "MODULE.bazel lacks rules_python and rules_distroless_python; run with --init, or add:" in message
    assert '    bazel_dep(name = "rules_python", version = "1.4.1")\n' in message


def test_a_broken_module_file_is_not_touched(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "MODULE.bazel").write_text("module(")
    assert main(["--init"]) == 1
    assert (root / "MODULE.bazel").read_text() == "module("
    assert "MODULE.bazel: line 1: does not parse" in capsys.readouterr().err


def test_the_stanza_is_in_buildifiers_form(root: Path) -> None:
    import subprocess

    main(["--init"])
    done = subprocess.run([find_buildifier(), "-mode=check", "-type=module", str(root / "MODULE.bazel")], check=False)
    assert done.returncode == 0


def test_versions_are_those_of_this_module() -> None:
    own = Path(__file__).resolve().parents[3] / "MODULE.bazel"
    if not own.exists():
        pytest.skip("not in the source tree")
    workspace = read_workspace(own.parent, Collector())
    version = re.search(r'name = "rules_distroless_python",\s+version = "([^"]+)"', own.read_text())
    assert version is not None
    assert {"rules_python": workspace.versions["rules_python"], workspace.name: version[1]} == init.VERSIONS
