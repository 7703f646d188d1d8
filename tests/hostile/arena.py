"""Runs one program on one hostile input, in a process of its own, and says how that ended.

A process is forked from this one, which has imported everything: ten thousand of them take minutes, not hours.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.errors import ToolError

ACCEPTED, REFUSED, TRACEBACK, HANG, KILLED = "accepted", "refused", "traceback", "hang", "killed"
CRASHES = (TRACEBACK, HANG, KILLED)

SECONDS, PATIENCE = 10, 300
"""Seconds of CPU that are a hang; and seconds by the clock, for what waits for ever on a busy machine."""

MEMORY = 256 << 20
"""Bytes above an idle process that are too many."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        verdict: `accepted`, `refused`, `traceback`, `hang` or `killed` (by a signal).
        said: the result as JSON where it was accepted, else the message.
        seconds: CPU time, of all processes.
        memory: bytes above what the process began with, of the largest process.
        left: files that a refusal left behind, or that an acceptance made besides its outputs.
    """

    verdict: str
    said: str
    seconds: float
    memory: int
    left: tuple[str, ...] = ()

    @property
    def result(self) -> Any:
        return json.loads(self.said)


Body = Callable[[Path], Any]
"""Attacks: gets the directory for outputs, and returns something that is JSON."""


class Arena:
    """A place to run in; `outputs` of a body go to a directory that is new for each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def run(self, body: Body, outputs: frozenset[str] | None = frozenset()) -> Outcome:
        """Runs `body`; `outputs` are the names that it may leave, None for any, after a refusal too."""
        place = Path(tempfile.mkdtemp(dir=self._directory))
        said, there = place / "said", place / "outputs"
        there.mkdir()
        sys.stdout.flush()
        idle = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
        child = os.fork()
        if not child:
            _child(body, there, said)
        _, status, used = os.wait4(child, 0)
        verdict, text = _verdict(status, used, said)
        allowed = outputs if verdict == ACCEPTED else frozenset()
        left = frozenset() if outputs is None else frozenset(_files(there)) - (allowed or frozenset())
        remove(place)
        memory = max(0, used.ru_maxrss * 1024 - idle)
        return Outcome(verdict, text, used.ru_utime + used.ru_stime, memory, tuple(sorted(left)))


def _child(body: Body, outputs: Path, said: Path) -> None:
    """Never returns."""
    code, text = 2, ""
    try:
        os.setpgid(0, 0)
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)  # whatever it is at: the signal's default ends it
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS + 1, SECONDS + 1))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.chdir(outputs)
        text, code = json.dumps(body(outputs)), 0
    except ToolError as error:
        text, code = str(error), 1
    except BaseException:
        text = traceback.format_exc()
    finally:
        try:
            said.write_text(text, encoding="utf-8", errors="backslashreplace")
        finally:
            os._exit(code)


def _verdict(status: int, used: resource.struct_rusage, said: Path) -> tuple[str, str]:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        slow = number in (signal.SIGALRM, signal.SIGXCPU) or used.ru_utime + used.ru_stime >= SECONDS
        return (HANG if slow else KILLED), f"signal {number}"
    text = said.read_text(encoding="utf-8") if said.exists() else ""
    verdict = {0: ACCEPTED, 1: REFUSED}.get(os.WEXITSTATUS(status), TRACEBACK)
    return (HANG if used.ru_utime + used.ru_stime >= SECONDS else verdict), text


def _files(root: Path) -> Iterator[str]:
    for directory, _, names in os.walk(root):
        yield from (os.path.relpath(os.path.join(directory, name), root) for name in names)


def remove(directory: Path) -> None:
    """Removes a directory, whatever is in it: rm goes to any depth, and root may read everything."""
    try:
        shutil.rmtree(directory)
    except (OSError, RecursionError):
        subprocess.run(["chmod", "-R", "u+rwX", str(directory)], capture_output=True, check=False)
        subprocess.run(["rm", "-rf", "--", str(directory)], check=True)


def clock() -> float:
    """CPU seconds of this process and those that it has waited for."""
    return sum(time.process_time() if who == "self" else _children() for who in ("self", "children"))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
