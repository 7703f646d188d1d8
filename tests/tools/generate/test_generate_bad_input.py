"""Inputs that are wrong, odd, or change while they are read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from distroless_python import files
from distroless_python.errors import Collector
from distroless_python.generate.main import main
from distroless_python.generate.read import inputs, sources
from distroless_python.generate.read.walk import walk_workspace

MODULE = """module(name = "w")
bazel_dep(name = "rules_distroless_python", version = "0.1.0")
bazel_dep(name = "rules_python", version = "1.4.1")
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace."""
    workspace = tmp_path / "w"
    workspace.mkdir()
    (workspace / "MODULE.bazel").write_text(MODULE)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace))
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return workspace


def write(root: Path, path: str, text: str = "") -> Path:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def test_a_link_to_itself_is_reported_and_the_rest_goes_on(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, "a/code.py")
    (root / "a/loop.py").symlink_to("loop.py")
    (root / "a/nowhere.py").symlink_to("gone.py")

    assert main([]) == 1

    message = capsys.readouterr().err
    assert "a/loop.py: a link that leads nowhere (to 'loop.py')" in message
    assert "a/nowhere.py" in message
    assert 'srcs = ["code.py"]' in (root / "a/BUILD.bazel").read_text()


def test_links_to_folders_are_not_followed(root: Path) -> None:
    write(root, "a/code.py")
    (root / "a/again").symlink_to(root, target_is_directory=True)
    (root / "bazel-out").symlink_to("/", target_is_directory=True)

    assert main([]) == 0
    assert [p.relative_to(root).as_posix() for p in root.rglob("BUILD.bazel")] == ["a/BUILD.bazel"]


def test_a_link_to_a_source_is_a_source(root: Path) -> None:
    write(root, "a/code.py", "import json\n")
    (root / "b").mkdir()
    (root / "b/linked.py").symlink_to("../a/code.py")

    assert main([]) == 0
    assert 'srcs = ["linked.py"]' in (root / "b/BUILD.bazel").read_text()


def test_a_source_that_vanishes_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a/code.py")
    write(root, "a/short_lived.py")

    def walk_then_remove(*arguments: object) -> object:
        found = walk_workspace(*arguments)  # type: ignore[arg-type]
        (root / "a/short_lived.py").unlink()
        return found

    monkeypatch.setattr(inputs, "walk_workspace", walk_then_remove)

    assert main([]) == 0
    assert 'srcs = ["code.py"]' in (root / "a/BUILD.bazel").read_text()


def test_a_source_that_vanishes_between_two_looks_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a/code.py")
    write(root, "a/short_lived.py")
    read = sources._read
    monkeypatch.setattr(sources, "_read", lambda path: None if path.endswith("short_lived.py") else read(path))

    main([])

    assert "code.py" in (root / "a/BUILD.bazel").read_text()


def test_a_build_file_that_vanishes_is_made_anew(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a/code.py")
    build = write(root, "a/BUILD.bazel", "# mine\n")

    def walk_then_remove(*arguments: object) -> object:
        found = walk_workspace(*arguments)  # type: ignore[arg-type]
        build.unlink()
        return found

    monkeypatch.setattr(inputs, "walk_workspace", walk_then_remove)

    assert main([]) == 0
    assert "code.py" in build.read_text()


def test_a_folder_that_cannot_be_written_does_not_stop_the_others(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(root, "locked/code.py")
    write(root, "open/code.py")
    write_file = files.atomic

    def refuse(path: Path) -> object:
        if "locked" in str(path):
            raise PermissionError(13, "Permission denied")
        return write_file(path)

    monkeypatch.setattr("distroless_python.generate.main.atomic", refuse)

    assert main([]) == 1
    assert "locked/BUILD.bazel: cannot be written: Permission denied" in capsys.readouterr().err
    assert not (root / "locked/BUILD.bazel").exists()
    assert (root / "open/BUILD.bazel").exists()

    monkeypatch.setattr("distroless_python.generate.main.atomic", write_file)
    assert main([]) == 0
    assert (root / "locked/BUILD.bazel").exists(), "the next run makes up for it"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_reported(root: Path) -> None:
    write(root, "a/code.py")
    (root / "a").chmod(0)
    try:
        assert main([]) == 1
    finally:
        (root / "a").chmod(0o755)


def test_a_folder_that_cannot_be_listed_is_reported(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a/code.py")
    write(root, "b/code.py")
    scan = os.scandir

    def refuse(path: object) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)  # type: ignore[call-overload]

    monkeypatch.setattr("distroless_python.generate.read.walk.os.scandir", refuse)
    problems = Collector()

    assert set(walk_workspace(root, problems)) == {"", "b"}
    assert [(p.subject, p.reason) for p in problems] == [("a", "the folder cannot be read: Permission denied")]


def test_a_hundred_thousand_lines_in_one_file(root: Path) -> None:
    write(root, "a/big.py", "import json\n" + "x = {'a': [1, 2, (3, 4)]}\n" * 100_000 + "import b.code\n")
    write(root, "b/code.py")

    assert main([]) == 0
    assert 'deps = ["//b"]' in (root / "a/BUILD.bazel").read_text()


def test_nesting_that_is_too_deep_for_the_parser_is_reported(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, "a/deep.py", "x = " + "(" * 5000 + ")" * 5000)
    write(root, "a/minus.py", "x = " + "-" * 200_000 + "1")
    (root / "a/null.py").write_bytes(b"x = 1\0")

    assert main([]) == 1
    message = capsys.readouterr().err
    for name in ("a/deep.py", "a/minus.py", "a/null.py"):
        assert name in message
    assert "Traceback" not in message


def test_a_build_file_that_is_no_text_is_left_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, "a/code.py")
    (root / "a/BUILD.bazel").write_bytes(b"# caf\xe9\n")

    assert main([]) == 1
    assert "a/BUILD.bazel: cannot be read, and is left as it is" in capsys.readouterr().err
    assert (root / "a/BUILD.bazel").read_bytes() == b"# caf\xe9\n"


def test_windows_line_ends_are_read_and_kept(root: Path) -> None:
    write(root, "a/code.py")
    (root / "a/BUILD.bazel").write_bytes(b"# mine\r\nx = 1\r\n")

    assert main([]) == 0
    text = (root / "a/BUILD.bazel").read_bytes()
    assert b"# mine\r\nx = 1\r\n\r\npy_library(\r\n" in text
    assert text.count(b"\r") == text.count(b"\n")


def test_a_build_file_that_is_a_link_stays_one(root: Path) -> None:
    write(root, "a/code.py")
    write(root, "shared.build", "# shared\n")
    (root / "a/BUILD.bazel").symlink_to("../shared.build")

    assert main([]) == 0
    assert (root / "a/BUILD.bazel").is_symlink()
    assert "code.py" in (root / "shared.build").read_text()


def test_an_interrupted_write_leaves_the_old_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "a/code.py")
    build = write(root, "a/BUILD.bazel", "# old\n")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("distroless_python.files.os.replace", interrupt)

    assert main([]) == 130
    assert build.read_text() == "# old\n"
    assert sorted(p.name for p in (root / "a").iterdir()) == ["BUILD.bazel", "code.py"], "and nothing beside it"


def test_other_workspaces_virtual_environments_and_hidden_folders_are_left_out(root: Path) -> None:
    for folder in ("other", "env", ".hidden", "ignored/deep", "a/__pycache__"):
        write(root, f"{folder}/code.py", "import nothing\n")
    write(root, "other/MODULE.bazel")
    write(root, "env/pyvenv.cfg")
    write(root, ".bazelignore", "ignored\n")
    write(root, "a/code.py")

    assert main([]) == 0
    assert [p.relative_to(root).as_posix() for p in root.rglob("BUILD.bazel")] == ["a/BUILD.bazel"]


def test_a_path_that_is_no_folder_is_an_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere", "/", "MODULE.bazel"]) == 1
    assert capsys.readouterr().err.count("no folder of the workspace") == 3


def test_paths_are_below_the_folder_where_the_command_was_started(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "services/a/code.py")
    write(root, "services/b/code.py")
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(root / "services"))

    assert main(["a"]) == 0
    assert [p.relative_to(root).as_posix() for p in root.rglob("BUILD.bazel")] == ["services/a/BUILD.bazel"]
