"""`app-layer`: first-party files."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from distroless_python.actions import app_layer as main_app_layer
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import ToolError
from distroless_python.layer import source_files as tree
from distroless_python.manifests.layers import AppLayerManifest, SourceFile
from support.interpreters import CACHE_TAG, VERSION, own_interpreter
from support.wheels import layer_output, write_target


def _write(path: Path, text: str = "", mode: int = 0o644) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return str(path)


def _build(
    tmp_path: Path,
    *files: tuple[str, str],
    empty: tuple[str, ...] = (),
    prefix: str = "app",
    compile: bool = False,
    alone: bool = False,
    **written: Any,
) -> tuple[list[tarfile.TarInfo], LayerFacts]:
    output = layer_output(tmp_path, "app")
    python = write_target(tmp_path, version=VERSION, cache_tag=CACHE_TAG)
    sources = tuple(SourceFile(*file) for file in files)
    interpreter = own_interpreter() if compile else None
    about = AppLayerManifest(output, python, "//:app", prefix, interpreter, alone, sources, empty, **written)
    main_app_layer.build(about)
    with tarfile.open(output.layer) as archive:
        members = archive.getmembers()
    return members, LayerFacts.read(output.facts)


def test_what_a_program_writes_to(tmp_path: Path) -> None:
    members, layer = _build(
        tmp_path,
        (_write(tmp_path / "server.py"), "_main/server.py"),
        (_write(tmp_path / "a.txt"), "_main/media/a.txt"),
        owner="1000:nonroot",
        volumes=("/app/_main/media/", "/home/nonroot/data"),
        symlinks={"/app/_main/db.sqlite3": "/data/db.sqlite3"},
    )
    directories = {member.name: (member.uid, member.gid, member.mode) for member in members if member.isdir()}
    assert directories == {
        "app": (0, 0, 0o755),
        "app/_main": (0, 0, 0o755),
        "app/_main/media": (1000, 65532, 0o755),
        "home/nonroot/data": (1000, 65532, 0o755),  # what is above stays as the base has it
    }
    assert "777 app/_main/db.sqlite3 -> /data/db.sqlite3" in _listing(members)
    assert "app/_main/media/" in layer.directories


def test_links_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as caught:
        _build(
            tmp_path,
            (_write(tmp_path / "server.py"), "_main/server.py"),
            symlinks={"/app/_main/server.py": "/data/x", "app/x": "/data/x", "/app/../x": "/data/x"},
        )
    assert [problem.reason for problem in caught.value.problems] == [
        "the link /app/_main/server.py stands where the program has a file",
        "'app/x' is not an absolute path",
        "'/app/../x' is not an absolute path",
    ]
    with pytest.raises(ToolError, match="its volumes belong to the user 'www', whose number is not known here"):
        _build(tmp_path, owner="www", volumes=("/data",))


def _listing(members: list[tarfile.TarInfo]) -> list[str]:
    return [
        f"{member.mode:o} {member.name}{' -> ' + member.linkname if member.issym() else ''}"
        for member in members
        if not member.isdir()
    ]


def test_golden_listing(tmp_path: Path) -> None:
    members, layer = _build(
        tmp_path,
        # Permission bits are the machine's: remote execution makes every input executable.
        (_write(tmp_path / "server.py", "#!/usr/bin/env python3\nprint('hello')\n"), "_main/pkg/server.py"),
        (_write(tmp_path / "data.json", "{}", 0o755), "_main/pkg/data.json"),
        (_write(tmp_path / "lib.py", "x = 1\n"), "other/lib.py"),
        empty=("_main/pkg/__init__.py", "_main/__init__.py", "_main/pkg/server.py"),
    )
    assert _listing(members) == [
        "644 app/_main/pkg/data.json",
        "644 app/_main/__init__.py",
        "644 app/_main/pkg/__init__.py",
        "755 app/_main/pkg/server.py",
        "644 app/other/lib.py",
    ]
    assert layer.directories == ("app/", "app/_main/", "app/_main/pkg/", "app/other/")
    assert (layer.layer, layer.name, layer.version, layer.label, layer.wheel, layer.bytecode) == (
        "app",
        "//:app",
        "",
        "//:app",
        None,
        False,
    )


def test_an_edit_that_verification_does_not_see_changes_no_contents(tmp_path: Path) -> None:
    source = tmp_path / "main.py"

    def contents(text: str, alone: bool) -> tuple[bytes, str]:
        _, layer = _build(tmp_path, (_write(source, text), "_main/main.py"), alone=alone)
        return (tmp_path / "app.contents.json").read_bytes(), layer.blob.digest

    for alone in (True, False):
        (before, digest), (after, other) = contents("import json\n", alone), contents("import json\nX = 1\n", alone)
        assert digest != other
        assert (before == after) == alone
    assert contents("import json\nimport re\n", True)[0] != contents("import json\nX = 1\n", True)[0]


def test_modules_are_compiled(tmp_path: Path) -> None:
    stale = _write(tmp_path / "stale.pyc")
    members, layer = _build(
        tmp_path,
        (_write(tmp_path / "a.py", "x = 1\n"), "_main/a.py"),
        (_write(tmp_path / "broken.py", "print 1\n"), "_main/broken.py"),
        (stale, f"_main/__pycache__/a.{CACHE_TAG}.pyc"),
        compile=True,
    )
    assert layer.bytecode
    assert [name for name in _listing(members) if name.endswith(".pyc")] == [
        f"644 app/_main/__pycache__/a.{CACHE_TAG}.pyc"
    ]
    contents = LayerContents.read(tmp_path / "app.contents.json")
    assert next(file for file in contents.files if file.path.endswith(".pyc")).size > 16


def test_directories_are_walked(tmp_path: Path) -> None:
    _write(tmp_path / "tree/a.txt")
    _write(tmp_path / "tree/sub/tool", "\x7fELF")
    _write(tmp_path / "outside/b.txt", "b")
    (tmp_path / "tree/sub/followed.txt").symlink_to(tmp_path / "outside/b.txt")
    (tmp_path / "tree/linked").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/dangling").symlink_to("nowhere")
    (tmp_path / "tree/empty").mkdir()
    members, _ = _build(tmp_path, (str(tmp_path / "tree"), "_main/tree"), prefix="srv/app")
    assert _listing(members) == [
        "777 srv/app/_main/tree/dangling -> nowhere",
        "755 srv/app/_main/tree/sub/tool",
        "644 srv/app/_main/tree/a.txt",
        "644 srv/app/_main/tree/linked/b.txt",
        "644 srv/app/_main/tree/sub/followed.txt",
    ]


def test_a_source_that_is_a_link_is_followed(tmp_path: Path) -> None:
    """Bazel's sandbox shows inputs as links."""
    _write(tmp_path / "real.py", "#!/usr/bin/python3\n")
    (tmp_path / "input.py").symlink_to(tmp_path / "real.py")
    members, _ = _build(tmp_path, (str(tmp_path / "input.py"), "x.py"))
    assert _listing(members) == ["755 app/x.py"]


def test_the_same_file_twice_is_one(tmp_path: Path) -> None:
    one, other = _write(tmp_path / "1", "same"), _write(tmp_path / "2", "same")
    members, _ = _build(tmp_path, (one, "x"), (one, "x"), (other, "x"))
    assert _listing(members) == ["644 app/x"]


def test_the_order_of_files_does_not_matter(tmp_path: Path) -> None:
    files = [(_write(tmp_path / name, name), name) for name in ("a.py", "b.txt", "c/d.py")]
    _build(tmp_path, *files)
    first = (tmp_path / "app.layer.tar.gz").read_bytes()
    os.utime(tmp_path / "a.py", (1, 1))
    _build(tmp_path, *reversed(files))
    assert (tmp_path / "app.layer.tar.gz").read_bytes() == first


def test_every_problem_is_named(tmp_path: Path) -> None:
    _write(tmp_path / "tree/x")
    (tmp_path / "tree/loop").symlink_to(".")
    (tmp_path / "tree/gone").symlink_to("/nonexistent/file")
    one, other = _write(tmp_path / "1", "one"), _write(tmp_path / "2", "two")
    with pytest.raises(ToolError) as caught:
        _build(
            tmp_path,
            (str(tmp_path / "missing.py"), "missing.py"),
            (str(tmp_path / "tree"), "tree"),
            (one, "../leaves"),
            (one, "same"),
            (other, "same"),
            (one, "file"),
            (one, "file/inside"),
        )
    for expected in (
        "//:app: missing.py: cannot be read: No such file or directory",
        "//:app: tree/loop: a link leads to a directory that it is in",
        "//:app: tree/gone: cannot be read: No such file or directory (a link to /nonexistent/file)",
        "//:app: ../leaves: its name leaves the prefix (..)",
        f"//:app: same: two files have this path: {one} and {other}",
        "//:app: file: is a file, and a directory too, for it holds file/inside",
    ):
        assert expected in str(caught.value)
    assert not (tmp_path / "app.layer.tar.gz").exists()


def test_files_that_cannot_be_laid(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    os.mkfifo(tmp_path / "tree" / "pipe")
    (tmp_path / "tree" / os.fsdecode(b"\xff.txt")).touch()
    (tmp_path / "tree" / ".wh.other").touch()
    (tmp_path / "tree" / "link").symlink_to(os.fsdecode(b"\xff"))
    with pytest.raises(ToolError) as caught:
        _build(tmp_path, (str(tmp_path / "tree"), "tree"))
    assert "//:app: tree/pipe: is neither a file nor a directory" in str(caught.value)
    assert "//:app: tree/\\udcff.txt: its name is not UTF-8" in str(caught.value)
    assert "//:app: tree/.wh.other: its name starts with .wh." in str(caught.value)
    assert "//:app: tree/link: links to \\udcff, which is not UTF-8" in str(caught.value)


def test_a_file_that_vanishes_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "a.txt", "x" * 10)

    def leaves(*arguments: Any) -> Any:
        found = tree.leaves(*arguments)
        os.rename(path, tmp_path / "moved")
        (tmp_path / "a.txt").mkdir()
        return found

    monkeypatch.setattr(main_app_layer, "leaves", leaves)
    with pytest.raises(ToolError, match=r"a\.txt: cannot be read: Is a directory"):
        _build(tmp_path, (path, "a.txt"))


def test_init_files_only_where_the_app_is(tmp_path: Path) -> None:
    members, _ = _build(
        tmp_path,
        (_write(tmp_path / "x.py"), "_main/pkg/deep/x.py"),
        empty=("_main/pkg/__init__.py", "_main/app.venv/lib/__init__.py", "_main/external/pip_six/__init__.py"),
    )
    assert _listing(members) == ["644 app/_main/pkg/__init__.py", "644 app/_main/pkg/deep/x.py"]


def test_an_app_without_files_is_an_empty_layer(tmp_path: Path) -> None:
    members, layer = _build(tmp_path, compile=True)
    assert members == []
    assert layer.body.size == 0
