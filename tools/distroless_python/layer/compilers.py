"""Processes of other interpreters that wait for sources to compile: a start takes longer than most applications do.

Each job is done by a fork of such a process, so what it gives does not depend on the jobs before (marshal sees which
strings a process knows already).
"""

from __future__ import annotations

import atexit
import os
import subprocess
import threading
from contextlib import suppress
from typing import IO

from distroless_python.python.interpreter import Interpreter

_WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compile_worker.py")
_IDLE = 4
"""So many processes stay, whatever interpreters they are of."""

_idle: list[CompilerProcess] = []
_lock = threading.Lock()


class CompilerProcess:
    """A process that runs `compile_worker.py`.

    Attributes:
        version: what the interpreter says it is, before anything else; empty if it says nothing.
    """

    def __init__(self, interpreter: Interpreter, key: object) -> None:
        """Starts it.

        Raises:
            OSError: the interpreter is another architecture's, or not a program.
        """
        self.key = key
        self._process = subprocess.Popen(
            interpreter.command(["-S", "-s", "-B", _WORKER]),
            env=interpreter.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.version = self.answers.readline(16).decode("ascii", "replace").strip()

    @property
    def requests(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def answers(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def wait(self) -> int:
        """Its exit code."""
        return self._process.wait()

    def kill(self) -> None:
        """Ends it, whatever it is at; what it has answered can still be read, by another thread, too."""
        self._process.kill()
        self._process.wait()
        with suppress(OSError):  # what it was not told any more
            self.requests.close()

    def stop(self) -> None:
        """Ends it, and drops its answers."""
        self.kill()
        self.answers.close()


def take(interpreter: Interpreter) -> CompilerProcess:
    """A process of an interpreter that has no job.

    Raises:
        OSError: the interpreter does not start.
    """
    key = identity(interpreter)
    with _lock:
        found = next((compiler for compiler in _idle if compiler.key == key and compiler.is_alive()), None)
        if found:
            _idle.remove(found)
    return found or CompilerProcess(interpreter, key)


def give(compiler: CompilerProcess) -> None:
    """Takes back a process that has done its job."""
    with _lock:
        _idle.append(compiler)
        gone = _idle.pop(0) if len(_idle) > _IDLE else None
    if gone:
        gone.stop()


def identity(interpreter: Interpreter) -> object:
    """What an interpreter is known by: one that was written again is another one."""
    try:
        status = os.stat(interpreter.home or interpreter.argv[0])
    except OSError:  # it will not start, either
        return interpreter
    return interpreter, status.st_ino, status.st_mtime_ns


@atexit.register
def _stop() -> None:
    while _idle:
        _idle.pop().stop()
