"""`python-layer`: from a directory, from single files and from archives; what is refused."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from distroless_python.actions import python_layer
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import ToolError

FILES = {
    "bin/python3.14": b"\x7fELF is not what this is",
    "bin/python3": b"another name",
    "include/python3.14/patchlevel.h": b'#define PY_VERSION "3.14.2"\n',
    "lib/libpython3.14.so.1.0": b"library",
    "lib/python3.14/os.py": b"import sys\n",
    "lib/python3.14/site-packages/pip/__init__.py": b"",
}
LAID = [
    "etc/ld.so.conf",
    "etc/ld.so.conf.d/python.conf",
    "usr/bin/python3.14",
    "usr/local/bin/python",
    "usr/local/bin/python3",
    "usr/local/bin/python3.14",
    "usr/local/lib/libpython3.14.so.1.0",
    "usr/local/lib/python3.14/os.py",
]


def _write(folder: Path) -> Path:
    for path, content in FILES.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "bin/python3.14").chmod(0o755)
    return folder


def _archive(path: Path, mode: str, names: dict[str, bytes]) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in names.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755 if "/bin/" in name else 0o644
            archive.addfile(member, io.BytesIO(content))
    return path


def _run(folder: Path, files: list[tuple[str, Path]], python: str = "3.14") -> tuple[LayerFacts, LayerContents]:
    output = {name: str(folder / f"x.{name}") for name in ("layer", "facts", "contents")}
    listed = [{"path": path, "source": str(source)} for path, source in files]
    manifest = folder / "manifest"
    manifest.write_text(json.dumps({"files": listed, "python": python, "output": output, "label": "//:python"}))
    assert python_layer.main([str(manifest)]) == 0
    return LayerFacts.read(output["facts"]), LayerContents.read(output["contents"])


def test_a_directory_its_files_and_an_archive_are_one_layer(tmp_path: Path) -> None:
    tree = _write(tmp_path / "tree")
    packed = {f"python/{path}": content for path, content in FILES.items()}
    given: list[list[tuple[str, Path]]] = [
        [("tree", tree)],
        [(f"repository/{path}", tree / path) for path in FILES],
        *(
            [(path.name, path)]
            for path in (
                _archive(tmp_path / "python.tar", "w:", packed),
                _archive(tmp_path / "python.tar.gz", "w:gz", packed),
                _archive(tmp_path / "python.tar.xz", "w:xz", packed),
                _archive(tmp_path / "python.tar.bz2", "w:bz2", packed),
            )
        ),
    ]
    made = [_run(tmp_path, files) for files in given]
    facts, contents = made[0]
    assert [file.path for file in contents.files] == LAID
    assert {file.path: file.mode for file in contents.files}["usr/local/bin/python3.14"] == 0o755
    assert facts.title == "python3.14 3.14.2"
    assert len({facts.blob.digest for facts, _ in made}) == 1


@pytest.mark.parametrize(
    ("python", "files", "expected"),
    [
        ("3.13", FILES, 'has Python 3.14, not 3.13\n    remedy: write python = "3.14", or give the other tree'),
        (
            "3.14",
            {"x": b""},
            "has no bin/python3.X with lib/python3.X/os.py beside it\n    remedy: give the tree whose",
        ),
        (
            "3.14",
            {**{f"a/{path}": b"" for path in FILES}, **{f"b/{path}": b"" for path in FILES}},
            "has Python 3.14 2 times: t/a/, t/b/\n    remedy: give one tree",
        ),
        ("3.14", {"../../etc/passwd": b""}, "its name leaves the prefix (..)\n    remedy: use the archive as it was"),
    ],
)
def test_what_is_not_a_tree(tmp_path: Path, python: str, files: dict[str, bytes], expected: str) -> None:
    archive = _archive(tmp_path / "x.tar", "w:", {f"t/{path}": content for path, content in files.items()})
    with pytest.raises(ToolError) as caught:
        _run(tmp_path, [("x.tar", archive)], python)
    assert expected in str(caught.value)
    assert not (tmp_path / "x.layer").exists()


def test_a_damaged_archive(tmp_path: Path) -> None:
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    with pytest.raises(ToolError, match="is not a tar archive"):
        _run(tmp_path, [("x.tar.gz", tmp_path / "x.tar.gz")])
