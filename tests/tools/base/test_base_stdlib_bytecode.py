"""The bytecode of a base's standard library: which modules, where, and by whom it is compiled."""

from __future__ import annotations

import gzip
import io
import json
import marshal
import sys
import zipfile
from pathlib import Path

import pytest

from distroless_python.actions import stdlib_bytecode
from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats.tarfiles import open_tar
from distroless_python.image.plan import ordered
from support.bases import describe_layout, layer_files
from support.debs import files
from support.elfs import elf
from support.layouts import tar, write_layout

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
STDLIB = f"usr/lib/python{VERSION}"
MODULES = {"os.py": b"name = 'posix'\n", "json/__init__.py": b"'a'\n", "bad.py": b"1 +\n", "own.py": b"2\n"}
TAG = sys.implementation.cache_tag
OWN = f"{STDLIB}/__pycache__/own.{TAG}.pyc"


def interpreter(directory: Path, argv: list[str]) -> Path:
    """An `interpreter/` directory with the modules and one that the base does not have."""
    (directory / "usr/lib").mkdir(parents=True)
    with zipfile.ZipFile(directory / f"usr/lib/python{VERSION.replace('.', '')}.zip", "w") as archive:
        for name, content in {**MODULES, "gone.py": b"", "os.pyc": b"x"}.items():
            archive.writestr(name, content)
    (directory / "interpreter.json").write_text(json.dumps({"argv": argv, "home": "usr"}))
    return directory


def this_python(directory: Path) -> Path:
    """The Python that runs this test, as a directory of a base: it is started by a program of its own."""
    directory.mkdir()
    program = directory / "python"
    program.write_text(f'#!/bin/sh\nunset PYTHONHOME\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    return interpreter(directory, ["python"])


def run(directory: Path, compiler: Path) -> tuple[LayerFacts, LayerContents, dict[str, bytes]]:
    content: dict[str, bytes | str] = {f"{STDLIB}/{name}": data for name, data in MODULES.items()}
    content[f"usr/bin/python{VERSION}"] = elf(interpreter="/lib/ld.so")
    content[OWN] = b"its own"
    describe_layout(directory, write_layout(directory / "layout", [tar(files(content))]))
    output = layer_files(directory, "bytecode")
    request = {
        "interpreter": str(interpreter(directory / "interpreter", ["usr/bin/python"])),
        "compiler": str(compiler),
        "profile": str(directory / "profile.json"),
        "contents": str(directory / "contents.json"),
        "output": output,
        "label": "//:base",
    }
    (directory / "manifest").write_text(json.dumps(request))
    assert stdlib_bytecode.main([str(directory / "manifest")]) == 0
    with open_tar(io.BytesIO(gzip.decompress(Path(output["layer"]).read_bytes())), "r:") as archive:
        found = {member.name: archive.extractfile(member) for member in archive if member.isreg()}
        read = {name: stream.read() for name, stream in found.items() if stream}
    return LayerFacts.read(output["facts"]), LayerContents.read(output["contents"]), read


def test_what_the_base_has_and_what_compiles(tmp_path: Path) -> None:
    facts, contents, read = run(tmp_path, this_python(tmp_path / "compiler"))
    wanted = [f"{STDLIB}/__pycache__/os.{TAG}.pyc", f"{STDLIB}/json/__pycache__/__init__.{TAG}.pyc"]
    assert sorted(read) == wanted  # not what is there already, not what is not in the base, nor what is not valid
    assert [file.path for file in contents.files] == wanted
    assert facts.layer == "bytecode"
    assert facts.bytecode
    assert facts.files == 2
    code = read[wanted[0]]
    assert int.from_bytes(code[4:8], "little") == 1  # unchecked hash, PEP 552
    assert marshal.loads(code[16:]).co_filename == f"/{STDLIB}/os.py"


def test_an_interpreter_that_does_not_run_here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts, _, read = run(tmp_path, interpreter(tmp_path / "compiler", ["python"]))
    assert not read
    assert not facts.bytecode
    assert facts.files == 0
    said = capsys.readouterr().err
    assert "//:base: no Python" in said
    assert "//rules:compiler" in said


def test_its_layer_is_the_lowest(tmp_path: Path) -> None:
    facts, _, _ = run(tmp_path, this_python(tmp_path / "compiler"))
    above = LayerFacts(**{**vars(facts), "layer": "deb", "name": "libgl1"})
    assert [layer.layer for layer in ordered([above, facts])] == ["bytecode", "deb"]
