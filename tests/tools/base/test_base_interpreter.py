"""A Python taken out of a base runs on the machine that builds: this machine's own, with Debian's paths."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from distroless_python.actions import interpreter as main_interpreter
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.elf import read_elf
from distroless_python.formats.source import BytesSource
from distroless_python.layer.bytecode import compiling
from distroless_python.python.interpreter import Interpreter
from support.bases import describe_layout
from support.debs import files
from support.layouts import tar, write_layout

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
CACHE = Path("/etc/ld.so.cache")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ARCHITECTURES or not CACHE.exists(),
    reason="needs a Linux machine with glibc",
)


def this_python() -> dict[str, bytes | str]:
    """The Python that runs this test, its loader and libraries, and its standard library, as in Debian's packages."""
    executable = Path(os.path.realpath(sys.executable))
    stdlib = Path(sysconfig.get_path("stdlib"))
    content: dict[str, bytes | str] = {f"usr/bin/python{VERSION}": executable.read_bytes()}
    programs = [executable, *sorted((stdlib / "lib-dynload").glob("*.so"))]
    for path in (*stdlib.glob("*.py"), *stdlib.glob("*/*.py"), *stdlib.glob("lib-dynload/*.so")):
        if path.relative_to(stdlib).parts[0] not in ("test", "site-packages", "dist-packages", "idlelib"):
            content[f"usr/lib/python{VERSION}/{path.relative_to(stdlib)}"] = path.read_bytes()
    facts = read_elf(content[f"usr/bin/python{VERSION}"], "python")  # type: ignore[arg-type]
    assert facts is not None
    content[facts.interpreter.lstrip("/")] = Path(facts.interpreter).read_bytes()
    known = {library.name: library.path for library in reversed(ldcache.read(CACHE.read_bytes()))}
    seen: set[str] = set()
    for program in programs:
        library = read_elf(program.read_bytes(), str(program))
        for name in library.needed if library else ():
            place = Path(known.get(name, sysconfig.get_config_var("LIBDIR") + f"/{name}"))
            if name not in seen and place.exists():
                seen.add(name)
                content[f"usr/lib/{name}"] = place.read_bytes()
                programs.append(place)
    return content


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("base")
    architecture = ARCHITECTURES[platform.machine()]
    layout = write_layout(directory / "layout", [tar(files(this_python()))], architecture=architecture)
    describe_layout(directory, layout, architecture=architecture)
    request = {"layout": str(layout.path), "label": "//:base", "output": str(directory / "interpreter")}
    request["compiler"] = str(directory / "compiler")
    known = {name: str(directory / f"{name}.json") for name in ("profile", "contents")}
    (directory / "manifest").write_text(json.dumps({**request, **known}))
    assert main_interpreter.main([str(directory / "manifest")]) == 0
    return directory / "interpreter"


def run(directory: Path, *args: str) -> str:
    python = Interpreter.of_base(directory)
    result = subprocess.run(python.command(args), env=python.environment(), capture_output=True, cwd="/", check=False)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode()


def test_it_runs(interpreter: Path) -> None:
    assert Interpreter.of_base(interpreter).version() == VERSION


@pytest.mark.parametrize("isolation", ["-BI", "-B"])
def test_its_library_is_its_own(interpreter: Path, isolation: str) -> None:
    script = "import json, sys, zlib, struct; print(json.dumps([sys.path, sys.prefix, json.__file__, struct.__file__]))"
    path, prefix, package, module = json.loads(run(interpreter, isolation, "-S", "-c", script))
    archive = interpreter / f"usr/lib/python{VERSION.replace('.', '')}.zip"
    assert prefix == str(interpreter / "usr")
    assert [entry for entry in path if entry] == [
        str(archive),
        str(interpreter / f"usr/lib/python{VERSION}"),
        str(interpreter / f"usr/lib/python{VERSION}/lib-dynload"),
    ]
    assert package.startswith(f"{archive}/json/__init__.py")
    assert module.startswith(f"{archive}/struct.py")


def test_what_every_start_imports_is_compiled(interpreter: Path) -> None:
    with zipfile.ZipFile(interpreter / f"usr/lib/python{VERSION.replace('.', '')}.zip") as archive:
        names = set(archive.namelist())
        code = archive.read("encodings/__init__.pyc")
    assert {"encodings/__init__.py", "encodings/utf_8.pyc", "encodings/aliases.pyc"} <= names
    assert int.from_bytes(code[4:8], "little") == 1  # unchecked hash, PEP 552
    assert run(interpreter, "-BIS", "-c", "import encodings; print(encodings.__file__)").endswith(".pyc\n")
    assert len([name for name in names if name.endswith(".pyc")]) < len(names) / 2


SOURCES = {
    "plain": b"import re\n\ndef f(x: int) -> str:\n    return f'{x}'\n",
    "names": "é = '\\N{EM DASH}'\n".encode(),
    **{
        coding: f"# coding: {coding}\nx = '{text}'\n".encode(coding)
        for coding, text in (("latin-1", "é"), ("cp1252", "€"), ("koi8-r", "ж"), ("gb18030", "中"), ("euc-jp", "日"))
    },
}


def test_a_third_of_it_compiles_to_the_same_bytes(interpreter: Path) -> None:
    def compiled(directory: Path) -> dict[str, bytes]:
        modules = [(f"/{name}.py", BytesSource(source)) for name, source in SOURCES.items()]
        with compiling(Interpreter.of_base(directory), VERSION, modules) as compiler:
            assert compiler
            results = dict(zip(SOURCES, compiler.results()))
        assert all(isinstance(result, bytes) for result in results.values()), results
        return results  # type: ignore[return-value]

    def size(directory: Path) -> int:
        return sum(path.stat().st_size for path in directory.rglob("*"))

    compiler = interpreter.with_name("compiler")
    assert compiled(compiler) == compiled(interpreter)
    assert size(compiler) < size(interpreter) / 2


def test_it_may_be_moved(interpreter: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.symlink_to(interpreter)
    assert Interpreter.of_base(moved).version() == VERSION
