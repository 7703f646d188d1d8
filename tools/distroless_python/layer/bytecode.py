"""Compiles modules by another interpreter, in a few processes (`compilers`) fed over pipes."""

from __future__ import annotations

import hashlib
import itertools
import os
import posixpath
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Optional, Union

from distroless_python.errors import Problem, ToolError
from distroless_python.formats.source import Source
from distroless_python.layer import compilers
from distroless_python.python.interpreter import Interpreter

WORKERS = 2
"""Processes, at most. Part of what the bytes may depend on (marshal sees shared strings), so it follows no machine."""

_MODULES = 8
"""For so many modules one process does."""

_FAILED, _INVALID = 0xFFFFFFFF, 0xFFFFFFFE
_START, _END = b"\1", b"\xff" * 8
_ENDS = (-signal.SIGXCPU, -signal.SIGSEGV)
"""How a process ends at a source that takes too much time, or too much of the C stack."""

_LIVES = 2
"""So many processes may end like that, before the other sources stay uncompiled."""

_REMEDY = "report it, with the wheel; `compile = False` builds the layer without .pyc files"


class InvalidSource(NamedTuple):
    """Where and why the interpreter cannot parse a source."""

    line: int
    reason: str


Result = Union[bytes, InvalidSource, None]
"""A .pyc; or why there is none, None standing for too much time or memory."""


def pyc_path(path: str, cache_tag: str) -> str:
    """Where the .pyc of a source goes (PEP 3147)."""
    directory, name = posixpath.split(path)
    return posixpath.join(directory, "__pycache__", f"{name[: -len('.py')]}.{cache_tag}.pyc")


@contextmanager
def compiling(
    interpreter: Optional[Interpreter], version: str, modules: Sequence[tuple[str, Source]], apart: bool = False
) -> Iterator[Optional[Compiler]]:
    """Starts to compile `modules`, absolute installed path and source; no process is left behind at work.

    None if there is no interpreter, or it does not start on this machine, or it is not of `version` (`3.13`).
    With `apart`, each module is compiled as if it were the only one, and its .pyc is remembered for the next time.
    """
    workers: list[_Worker] = []
    try:
        remembered = _Remembered(interpreter, version, modules) if interpreter and apart else None
        lacking = remembered.lacking if remembered else modules
        known = bool(modules) and not lacking
        if known or (interpreter and _start(interpreter, version, lacking, workers, apart)):
            yield Compiler(workers, remembered)
        else:
            yield None
    finally:
        for worker in workers:
            worker.stop()


def _start(
    interpreter: Interpreter,
    version: str,
    modules: Sequence[tuple[str, Source]],
    workers: list[_Worker],
    apart: bool,
) -> bool:
    try:
        count = min(WORKERS, -(-len(modules) // _MODULES))
        for start in range(count):
            workers.append(_Worker(interpreter, modules[start::count], apart))
    except OSError:  # another architecture's, or not a program
        return False
    return bool(workers) and all(worker.version == version for worker in workers)


class Compiler:
    """Compiles modules in their order."""

    def __init__(self, workers: Sequence[_Worker], remembered: Optional[_Remembered] = None) -> None:
        self._workers = workers
        self._remembered = remembered

    def results(self) -> Iterator[Result]:
        """For every module, in order, its .pyc, or why there is none.

        Raises:
            ToolError: an interpreter broke down, or a source is not what was declared.
        """
        return self._remembered.results(self._compiled()) if self._remembered else self._compiled()

    def _compiled(self) -> Iterator[Result]:
        for row in itertools.zip_longest(*(worker.results() for worker in self._workers), fillvalue=_NOTHING):
            for result in row:
                if result is not _NOTHING:
                    yield result


class _Remembered:
    """What was compiled before, of some modules; `lacking` are the others."""

    def __init__(self, interpreter: Interpreter, version: str, modules: Sequence[tuple[str, Source]]) -> None:
        base = (compilers.identity(interpreter), version)
        self._keys = [(base, path, hashlib.sha256(source.read()).digest()) for path, source in modules]
        self._found = [_known.get(key, _NOTHING) for key in self._keys]
        self.lacking = [module for module, found in zip(modules, self._found) if found is _NOTHING]

    def results(self, compiled: Iterator[Result]) -> Iterator[Result]:
        """The results of all, with those that were `compiled` now."""
        for key, found in zip(self._keys, self._found):
            if found is _NOTHING:
                found = next(compiled)
                if len(_known) >= _KNOWN:
                    _known.clear()
                if found is not None:  # for time and memory, it may fare better next time
                    _known[key] = found
            yield found


_NOTHING = b"nothing"
_KNOWN = 4096
_known: dict[tuple[object, ...], Result] = {}


class _EndedError(Exception):
    """A source was too much for the process."""


class _Worker:
    """A process and the thread that feeds it. The pipes hold the results that were not asked for yet."""

    def __init__(self, interpreter: Interpreter, modules: Sequence[tuple[str, Source]], apart: bool) -> None:
        self._interpreter = interpreter
        self._modules = modules
        self._apart = apart
        self._error: Optional[BaseException] = None
        self._done = False
        self._launch(0)

    def _launch(self, start: int) -> None:
        """Has a process compile the modules from `start` on."""
        self._process = compilers.take(self._interpreter)
        self.version = self._process.version
        self._feeder = threading.Thread(target=self._feed, args=(start,), daemon=True)
        self._feeder.start()

    def _feed(self, start: int) -> None:
        requests = self._process.requests
        try:
            requests.write(_START)
            for number, (path, source) in enumerate(self._modules[start:]):
                data, name = source.read(), os.fsencode(path)
                requests.write(_END + _START if number and self._apart else b"")
                requests.write(len(name).to_bytes(4, "little") + len(data).to_bytes(4, "little") + name + data)
            requests.write(_END)
            requests.flush()
        except OSError:
            pass  # it has ended; the reader says why
        except BaseException as error:  # carried to the reader
            self._error = error
            self._process.kill()

    def results(self) -> Iterator[Result]:
        """For every module its .pyc, or why there is none."""
        lives = _LIVES
        for done, (path, _) in enumerate(self._modules, 1):
            result: Result = None
            try:
                if lives:
                    result = self._result(path)
            except _EndedError:
                lives -= 1
                self.stop()
                self._launch(done)
            self._done = lives > 0 and done == len(self._modules)
            yield result

    def _result(self, path: str) -> Result:
        size = self._size(path)
        if size == _INVALID:
            line, _, reason = self._read(self._size(path), path).decode("utf-8", "replace").partition(" ")
            return InvalidSource(int(line), reason)
        return None if size == _FAILED else self._read(size, path)

    def _size(self, path: str) -> int:
        return int.from_bytes(self._read(4, path), "little")

    def _read(self, size: int, path: str) -> bytes:
        data = self._process.answers.read(size)
        if len(data) < size:
            self._feeder.join()
            if self._error:
                raise self._error
            code = self._process.wait()
            if code in _ENDS:
                raise _EndedError
            raise ToolError(Problem(path, f"the interpreter that compiles broke down (exit code {code})", _REMEDY))
        return data

    def stop(self) -> None:
        """Gives the process back if it has done all, else ends it."""
        if self._done:
            self._feeder.join()
            compilers.give(self._process)
        else:
            self._process.stop()
            self._feeder.join()
