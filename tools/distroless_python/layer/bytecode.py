"""Compiles modules by another interpreter, in a few processes fed over pipes."""

from __future__ import annotations

import itertools
import os
import posixpath
import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import IO, Optional

from distroless_python.common.errors import Problem, ToolError
from distroless_python.common.interpreter import Interpreter

from .source import Source

WORKERS = 2
"""Processes. Part of what the bytes may depend on (marshal sees shared strings), so it follows no machine."""

_HELD = 32
_FAILED = 0xFFFFFFFF
_WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compile_worker.py")
_REMEDY = "report it, with the wheel; `compile = False` builds the layer without .pyc files"


def pyc_path(path: str, cache_tag: str) -> str:
    """Where the .pyc of a source goes (PEP 3147)."""
    directory, name = posixpath.split(path)
    return posixpath.join(directory, "__pycache__", f"{name[: -len('.py')]}.{cache_tag}.pyc")


class Compiler:
    """Compiles modules in their order; use as a context manager, so that no process stays behind."""

    def __init__(self, interpreter: Interpreter, modules: Sequence[tuple[str, Source]]) -> None:
        """Starts to compile `modules`: absolute installed path and source."""
        self._workers = [_Worker(interpreter, modules[start::WORKERS]) for start in range(min(WORKERS, len(modules)))]

    def __enter__(self) -> Compiler:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()

    def results(self) -> Iterator[Optional[bytes]]:
        """For every module, in order, its .pyc; None if it does not compile.

        Raises:
            ToolError: an interpreter broke down, or a source is not what was declared.
        """
        for row in itertools.zip_longest(*(worker.results() for worker in self._workers), fillvalue=_NOTHING):
            for result in row:
                if result is not _NOTHING:
                    yield result


_NOTHING = b"nothing"


class _Worker:
    """One process, a thread that feeds it, and one that reads ahead of whoever asks for its results."""

    def __init__(self, interpreter: Interpreter, modules: Sequence[tuple[str, Source]]) -> None:
        self._modules = modules
        self._error: Optional[BaseException] = None
        self._answers: queue.Queue[Optional[bytes]] = queue.Queue(_HELD)
        self._process = subprocess.Popen(
            interpreter.command(["-S", "-s", "-B", _WORKER]),
            env=interpreter.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._threads = [threading.Thread(target=self._feed, daemon=True)]
        for thread in self._threads:
            thread.start()

    def _feed(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            with stdin:
                for path, source in self._modules:
                    data, name = source.read(), os.fsencode(path)
                    stdin.write(len(name).to_bytes(4, "little") + len(data).to_bytes(4, "little") + name + data)
        except BrokenPipeError:
            pass  # the reader says what happened
        except BaseException as error:  # carried to the reader
            self._error = error

    def results(self) -> Iterator[Optional[bytes]]:
        stdout = self._process.stdout
        assert stdout is not None
        for path, _ in self._modules:
            size = int.from_bytes(self._read(stdout, 4, path), "little")
            yield None if size == _FAILED else self._read(stdout, size, path)

    def _read(self, stdout: IO[bytes], size: int, path: str) -> bytes:
        data = stdout.read(size)
        if len(data) < size:
            self._threads[0].join(10)
            if self._error:
                raise self._error
            reason = f"the interpreter that compiles broke down (exit code {self._process.wait()})"
            raise ToolError(Problem(path, reason, _REMEDY))
        return data

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        if self._process.stdout:
            self._process.stdout.close()
