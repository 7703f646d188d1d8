"""Runs a program inside the root by bubblewrap: no network, nothing writable but /build and /tmp, a time limit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from distroless_python.errors import Problem, ToolError

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

_PATH = "/usr/local/bin:/usr/bin:/bin"
_REMEDY = (
    "allow unprivileged user namespaces: by `sysctl kernel.unprivileged_userns_clone=1` (and AppArmor's restriction "
    "off), in a container by `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
)


def run(root: str, command: Sequence[str], env: Mapping[str, str], log: str, timeout: float, label: str) -> int:
    """Runs a command inside and returns its exit code; output goes to the end of the file `log`.

    Raises:
        ToolError: bubblewrap is missing or does not work here, or the time is up: everything that ran is ended then.
    """
    bwrap = shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:{_PATH}")
    if bwrap is None:
        reason = "building a source distribution needs bubblewrap, and there is no bwrap on this machine"
        raise ToolError(Problem(label, reason, "install the Debian package bubblewrap"))
    status = f"{log}.status"
    with open(log, "ab") as output, open(status, "wb") as report:
        arguments = [bwrap, *_arguments(root, env, report.fileno()), "--", *command]
        try:
            result = subprocess.run(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(report.fileno(),),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            # bubblewrap is gone, and with it (--die-with-parent) the first process of its PID namespace: all end.
            reason = f"the build was not done after {timeout:.0f} s and was ended; its last words:\n{tail(log)}"
            remedy = "if it hangs, look there for what it waits for; if not, raise `build_timeout` of distroless.wheels"
            raise ToolError(Problem(label, reason, remedy)) from None
    with open(status, encoding="utf-8") as report_text:
        if not any("exit-code" in json.loads(line) for line in report_text):
            raise ToolError(Problem(label, f"the sandbox could not be started: {tail(log).strip()}", _REMEDY))
    return result.returncode


def tail(log: str, lines: int = 40) -> str:
    """The last lines of a file, indented, at most 64 KiB."""
    with open(log, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - (64 << 10)))
        text = file.read().decode("utf-8", "replace")
    return "\n".join(f"    | {line}" for line in text.splitlines()[-lines:])


def _arguments(root: str, env: Mapping[str, str], status: int) -> list[str]:
    arguments = [
        "--unshare-user",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--json-status-fd",
        str(status),
    ]
    arguments += ["--uid", "1000", "--gid", "1000", "--hostname", "builder"]
    arguments += ["--ro-bind", root, "/", "--bind", f"{root}{BUILD}", BUILD, "--proc", "/proc", "--dev", "/dev"]
    arguments += ["--tmpfs", "/tmp", "--chdir", BUILD, "--clearenv"]
    for name, value in env.items():
        arguments += ["--setenv", name, value]
    return arguments
