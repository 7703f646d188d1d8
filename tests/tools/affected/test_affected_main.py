"""Which images a change touches: with Git, and a program that answers as Bazel does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from distroless_python.affected.main import main

# Each image is a line of images.txt: its label, and its digest or `broken`.
_BAZEL = """#!{python}
import pathlib, sys
images = dict(line.split() for line in pathlib.Path("images.txt").read_text().splitlines())
command, arguments = sys.argv[1], [word for word in sys.argv[2:] if not word.startswith("--")]
if command == "query":
    print(*images, sep="\\n")
elif command == "info":
    print(pathlib.Path("out").absolute())
elif command == "build":
    for label in arguments:
        if images[label] != "broken":
            file = pathlib.Path("out", label.strip("/").replace(":", "/") + ".digest")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("sha256:" + images[label])
    sys.exit("broken" in images.values())
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a repository, whose first commit is tagged."""
    root = tmp_path / "repository/services"
    root.mkdir(parents=True)
    bazel = tmp_path / "bazel"
    bazel.write_text(_BAZEL.format(python=sys.executable))
    bazel.chmod(0o755)
    (root / "images.txt").write_text("//a:image 1\n//b:image 2\n//c:image broken\n//d:image 4\n")
    (root.parent / ".gitignore").write_text("out\n")
    for variable, value in {"BAZEL": bazel, "BUILD_WORKSPACE_DIRECTORY": root, "XDG_CACHE_HOME": tmp_path}.items():
        monkeypatch.setenv(variable, str(value))
    git(root, "init", "--quiet", "..")
    commit(root)
    git(root, "tag", "before")
    return root


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "--all", "..")
    git(root, "commit", "--quiet", "--message=x")


def test_images_that_differ_are_printed(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workspace / "images.txt").write_text("//a:image 1\n//b:image 7\n//c:image 3\n//e:image 5\n")
    commit(workspace)
    for _ in range(2):
        assert main(["--from", "before"]) == 0
        said = capfd.readouterr()
        assert said.out == "//b:image  sha256:7\n//c:image  sha256:3\n//e:image  sha256:5\n"
        assert "//d:image is gone" in said.err
        assert "//c:image: the image was not there, or was not built" in said.err
    assert [path.name for path in workspace.parents[1].joinpath("rules_distroless_python/affected").iterdir()] == []


def test_what_is_not_committed_counts(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workspace / "images.txt").write_text("//a:image 9\n")
    assert main(["--from", "HEAD", "//a/..."]) == 0
    assert capfd.readouterr().out == "//a:image  sha256:9\n"


def test_a_build_that_fails_now_is_an_error(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "before"]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert "build fails in" in said.err


def test_no_revision(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (workspace / "images.txt").write_text("//a:image 9\n")
    assert main(["--from", "nothing"]) == 1
    assert "name a commit, a tag or a branch" in capfd.readouterr().err


def test_no_bazel(workspace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--from", "before", "--bazel", "/nowhere/bazel"]) == 1
    assert "/nowhere/bazel: cannot be started: No such file" in capfd.readouterr().err
