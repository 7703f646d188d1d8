"""Modules compiled by another interpreter."""

from __future__ import annotations

import importlib.util
import marshal
import os
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import pytest

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.source import BytesSource
from distroless_python.layer import compilers
from distroless_python.layer.bytecode import InvalidSource, Result, compiling, pyc_path
from distroless_python.python.interpreter import Interpreter
from support.interpreters import VERSION, write_interpreter, write_script

HERE = Interpreter.installed(sys.executable)


def _compile(sources: dict[str, bytes], interpreter: Interpreter = HERE) -> list[Result]:
    return _compile_all([(path, BytesSource(data)) for path, data in sources.items()], interpreter)


def _compile_all(modules: list[tuple[str, BytesSource]], interpreter: Interpreter = HERE) -> list[Result]:
    with compiling(interpreter, VERSION, modules) as compiler:
        return list(compiler.results()) if compiler else []


def _compiles(interpreter: Interpreter | None) -> bool:
    with compiling(interpreter, VERSION, [("/a.py", BytesSource(b""))]) as compiler:
        return compiler is not None


@pytest.mark.parametrize("count", [0, 1, 2, 3, 100])
def test_results_come_in_the_order_of_the_modules(count: int) -> None:
    results = _compile({f"/app/m{number}.py": b"N = %d\n" % number for number in range(count)})
    names = []
    for result in results:
        assert isinstance(result, bytes)
        code = marshal.loads(result[16:])
        assert isinstance(code, types.CodeType)
        names.append(code.co_filename)
    assert names == [f"/app/m{number}.py" for number in range(count)]


def test_a_pyc_is_unchecked_and_of_its_source() -> None:
    source = b'"""Doc."""\nassert __debug__\n'
    (pyc,) = _compile({"/usr/x.py": source})
    assert isinstance(pyc, bytes)
    assert pyc[:4] == importlib.util.MAGIC_NUMBER
    assert pyc[4:8] == b"\1\0\0\0"
    assert pyc[8:16] == importlib.util.source_hash(source)
    assert marshal.loads(pyc[16:]).co_consts[0] == "Doc."


def test_sources_that_do_not_compile_are_skipped() -> None:
    deep = b"(" * 100_000
    results = _compile(
        {"/a.py": b"print 1", "/b.py": b"\0", "/c.py": b"x = 1", "/d.py": b"# coding: no\n", "/e.py": deep}
    )
    assert [isinstance(result, bytes) for result in results] == [False, False, True, False, False]


def test_of_a_source_that_cannot_be_parsed_line_and_reason_are_known() -> None:
    invalid, fine = _compile({"/a.py": b"x = 1\nprint 'Python 2'\n", "/b.py": b"x = 1"})
    assert isinstance(invalid, InvalidSource)
    assert invalid.line == 2
    assert "print" in invalid.reason
    assert isinstance(fine, bytes)


def test_warnings_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert _compile({"/a.py": rb"x = '\d' is 1"})[0] is not None
    assert capfd.readouterr().err == ""


_SHARED = b"""
import os, sys
NAMES = ("shared", "name", 3.5, frozenset({"a", "b", "c"}))
class Shared:
    shared: int = 1
    def name(self, shared=NAMES): return [shared for name in sys.path if "shared" in name]
"""


def test_the_same_sources_give_the_same_bytes() -> None:
    sources = {f"/m{number}.py": _SHARED + b"X = %d\n" % (number // 4) for number in range(40)}
    assert _compile(sources) == _compile(sources)


def test_a_process_stays_and_the_jobs_before_make_no_difference(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'#!/bin/sh\necho start >> {log}\nexec {sys.executable} "$@"\n'
    logged = Interpreter.installed(write_script(tmp_path / "python", script))
    alone = _compile({"/a.py": _SHARED}, logged)
    for number in range(3):
        _compile(
            {f"/{name}{number}.py": _SHARED + name.encode() for name in ("x = 1", "y = (", "z = 'shared'")}, logged
        )
    assert _compile({"/a.py": _SHARED}, logged) == alone
    assert log.read_text().split() == ["start"]


def test_modules_that_are_compiled_apart_are_compiled_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'#!/bin/sh\necho start >> {log}\nexec {sys.executable} "$@"\n'
    logged = Interpreter.installed(write_script(tmp_path / "python", script))

    def compiled(*names: str) -> list[Result]:
        modules = [(f"/{name}.py", BytesSource(_SHARED + f"N = {name!r}\n".encode())) for name in names]
        with compiling(logged, VERSION, [*modules, ("/bad.py", BytesSource(b"x = ("))], apart=True) as compiler:
            assert compiler
            return list(compiler.results())

    one, bad = compiled("one")
    assert isinstance(bad, InvalidSource)
    assert compiled("two", "one", "three")[1:4:2] == [one, bad]
    assert len(log.read_text().split()) == 1
    compilers.take(logged).stop()
    assert compiled("three", "one", "two")[1] == one
    assert len(log.read_text().split()) == 1, "nothing was compiled"
    with compiling(logged, "2.7", [("/one.py", BytesSource(b""))], apart=True) as compiler:
        assert compiler is None


def test_a_process_that_died_meanwhile_is_not_used(tmp_path: Path) -> None:
    process = compilers.take(HERE)
    compilers.give(process)
    process.stop()
    assert compilers.take(HERE) is not process


def test_large_sources_do_not_block() -> None:
    big = b"\n".join(b"x%d = %d" % (number, number) for number in range(20_000))
    results = _compile({f"/m{number}.py": big for number in range(6)})
    assert all(isinstance(result, bytes) and len(result) > 100_000 for result in results)


def test_an_interpreter_that_breaks_down(tmp_path: Path) -> None:
    before = threading.active_count()
    broken = Interpreter.installed(write_script(tmp_path / "python", f"#!/bin/sh\necho {VERSION}\nexit 3\n"))
    with pytest.raises(ToolError, match=r"/m0\.py: the interpreter that compiles broke down \(exit code 3\)"):
        _compile({f"/m{number}.py": b"x" * 100_000 for number in range(10)}, broken)
    assert threading.active_count() == before


@pytest.mark.parametrize("source", [b"a;" * (2 << 20), b"f'" + b"{a}" * (1 << 20) + b"'"])
def test_sources_that_take_too_much_memory_stay_uncompiled(source: bytes) -> None:
    results = _compile({"/a.py": b"a = 1", "/b.py": b"b = 2", "/c.py": source, "/d.py": b"d = 3", "/e.py": b"e = 4"})
    assert [result is None for result in results] == [False, False, True, False, False]


MEASURED = """
import resource, sys
from distroless_python.formats.source import BytesSource
from distroless_python.layer import compilers
from distroless_python.layer.bytecode import compiling
from distroless_python.python.interpreter import Interpreter

interpreter = Interpreter.installed(sys.executable)
with compiling(interpreter, sys.argv[1], [("/a.py", BytesSource(eval(sys.argv[2])))]) as compiler:
    assert list(compiler.results()) == [None]
process = compilers.take(interpreter)
process.requests.close()
process.wait()
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@pytest.mark.parametrize("source", ["b'a;' * (2 << 20)", "b\"f'\" + b'{a}' * (1 << 20) + b\"'\""])
def test_what_a_source_that_takes_too_much_takes(source: str) -> None:
    """In a process of its own: the other tests' children count, too."""
    command = [sys.executable, "-c", MEASURED, VERSION, source]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert 1 << 10 < int(result.stdout) < 256 << 10


def test_limits_of_the_machine_stay(tmp_path: Path) -> None:
    script = f'#!/bin/sh\nulimit -t 1000; ulimit -d 50000000\nexec {sys.executable} "$@"\n'
    limited = Interpreter.installed(write_script(tmp_path / "python", script))
    assert None not in _compile({"/a.py": b"a = 1", "/b.py": b"b = 2"}, limited)


def test_after_two_of_them_a_process_compiles_no_more() -> None:
    start = time.monotonic()
    sources = {f"/{number:02}.py": b"a;" * (2 << 20) for number in range(40)}
    assert _compile({"/00": b"a = 1", **sources, "/99": b"b = 2"})[1:] == [None] * 41
    assert time.monotonic() - start < 30


def test_a_process_that_runs_out_of_time_is_started_again(tmp_path: Path) -> None:
    before = threading.active_count()
    log = tmp_path / "log"
    script = f"#!/bin/sh\necho start >> {log}\necho {VERSION}\nhead -c 8 > /dev/null\nkill -XCPU $$\n"
    slow = Interpreter.installed(write_script(tmp_path / "python", script))
    assert _compile({f"/m{number}.py": b"x" for number in range(9)}, slow) == [None] * 9
    assert log.read_text().split() == ["start"] * 6
    assert threading.active_count() == before


def test_a_source_that_cannot_be_read_is_its_own_error() -> None:
    class Unreadable(BytesSource):
        def read(self) -> bytes:
            raise ToolError(Problem("x", "cannot be read", "y"))

    modules = [("/a.py", BytesSource(b"")), ("/b.py", Unreadable(b""))]
    threads = threading.active_count()
    with compiling(HERE, VERSION, modules) as compiler:
        assert compiler
        while threading.active_count() > threads:  # the error is there before anything is read
            time.sleep(0.01)
        with pytest.raises(ToolError, match="cannot be read"):
            list(compiler.results())
    with pytest.raises(ToolError, match="cannot be read"):
        _compile_all(modules)


def test_where_a_pyc_goes() -> None:
    assert pyc_path("a/b.c.py", "cpython-313") == "a/__pycache__/b.c.cpython-313.pyc"
    assert pyc_path("b.py", "cpython-39") == "__pycache__/b.cpython-39.pyc"


def test_the_bases_interpreter_compiles(tmp_path: Path) -> None:
    base = Interpreter.of_base(write_interpreter(tmp_path / "base"))
    assert _compiles(base)
    assert not _compiles(None)
    assert not _compiles(Interpreter.of_base(write_interpreter(tmp_path / "other", "usr/lib/none")))
    assert _compile({"/a.py": b"x = {1, 'a'}"}, base) == _compile({"/a.py": b"x = {1, 'a'}"})


@pytest.mark.parametrize(
    "text", ["#!/bin/sh\necho 2.7\nexec cat\n", "#!/bin/sh\nexit 1\n", "no program", "#!/bin/cat\n"]
)
def test_a_program_that_is_not_the_python_is_not_used(tmp_path: Path, text: str) -> None:
    before = threading.active_count()
    other = write_script(tmp_path / "python", text)
    assert not _compiles(Interpreter.installed(other))
    assert not _compiles(Interpreter.installed(str(tmp_path / "gone")))
    assert threading.active_count() == before
