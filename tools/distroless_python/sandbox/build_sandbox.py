"""Runs a program inside the root by bubblewrap: no network, nothing writable but /build and /tmp, a time limit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from distroless_python.errors import Problem, ToolError
from distroless_python.sandbox.bubblewrap import REMEDY, Sandbox, find_bubblewrap, start, started
from distroless_python.sandbox.mounts import Bind
from distroless_python.sandbox.unpacked_root import User

BUILD = "/build"
"""Where everything of a build is, inside. Compilers write paths into programs: it is the same on every machine."""

ENVIRONMENT = {
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980, the earliest that a zip can say
    # Not CFLAGS: that would take the place of Python's own.
    "CPPFLAGS": f"-ffile-prefix-map={BUILD}/source=.",
    "TZ": "UTC",
}

_USER = User(1000, 1000)


def run(root: str, command: Sequence[str], env: Mapping[str, str], log: str, timeout: float, label: str) -> int:
    """Runs a command inside and returns its exit code; output goes to the end of the file `log`.

    Raises:
        ToolError: bubblewrap is missing or does not work here, or the time is up: everything that ran is ended then.
    """
    program = find_bubblewrap(label, "building a source distribution")
    shown = (Bind(root, "/"), Bind(f"{root}{BUILD}", BUILD, writable=True))
    inside = Sandbox(shown, _USER, env, BUILD, hostname="builder")
    status = Path(f"{log}.status")
    with open(log, "ab") as output:
        process = start(program, inside, command, status, stdout=output, stderr=subprocess.STDOUT)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            # With bubblewrap (--die-with-parent) the first process of its PID namespace ends, and so do all others.
            process.kill()
            process.wait()
            raise _too_slow(label, log, timeout) from None
    if not started(status):
        raise ToolError(Problem(label, f"the sandbox could not be started: {tail(log).strip()}", REMEDY))
    return code


def run_here(command: Sequence[str], env: Mapping[str, str], log: str, timeout: float, label: str) -> int:
    """Likewise without a root, for what Python alone builds: what an action may do is for Bazel's sandbox to say."""
    with open(log, "ab") as output:
        try:
            result = subprocess.run(
                command,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _too_slow(label, log, timeout) from None
    return result.returncode


def _too_slow(label: str, log: str, timeout: float) -> ToolError:
    reason = f"the build was not done after {timeout:.0f} s and was ended; the end of its output:\n{tail(log)}"
    remedy = "if it hangs, look there for what it waits for; if not, raise `build_timeout` of distroless.wheels"
    return ToolError(Problem(label, reason, remedy))


def tail(log: str, lines: int = 40) -> str:
    """The last lines of a file, indented, at most 64 KiB."""
    with open(log, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - (64 << 10)))
        text = file.read().decode("utf-8", "replace")
    return "\n".join(f"    | {line}" for line in text.splitlines()[-lines:])
