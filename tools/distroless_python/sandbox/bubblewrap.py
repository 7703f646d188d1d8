"""The sandbox's command line: what bubblewrap shows a program, as whom it runs, and in which environment.

Image tests and source builds both run here: new namespaces for everything, no network unless asked, a read-only root.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError
from distroless_python.sandbox.mounts import RootEntry
from distroless_python.sandbox.unpacked_root import User

SEARCHED = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the machine's programs are, beside its PATH; also what an engine sets where an image sets no PATH."""

REMEDY = (
    "allow unprivileged user namespaces and a new /proc: on the machine itself by "
    "`sysctl kernel.unprivileged_userns_clone=1` (and AppArmor's restriction off); "
    "in a container by `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
)
"""What to do where bubblewrap is there and cannot make a sandbox."""


class CannotRunError(ToolError):
    """This machine cannot run the program, whatever is in it."""


@dataclass(frozen=True)
class Sandbox:
    """What programs run in.

    Attributes:
        mounts: the file system, `/proc`, `/dev` and `/tmp` aside, which are always new.
        user: as whom.
        env: all of the environment.
        workdir: where.
        late: mounts that come last, so that they may be below `/tmp`.
        network: whether it is the machine's.
        hostname: empty for the machine's.
    """

    mounts: tuple[RootEntry, ...]
    user: User
    env: Mapping[str, str]
    workdir: str
    late: tuple[RootEntry, ...] = ()
    network: bool = False
    hostname: str = ""

    def arguments(self, command: Sequence[str], status: int) -> list[str]:
        """bubblewrap's arguments; it reports to the file descriptor `status`."""
        arguments = ["--unshare-user", "--unshare-all", *(["--share-net"] if self.network else [])]
        arguments += ["--die-with-parent", "--new-session", "--json-status-fd", str(status)]
        arguments += ["--uid", str(self.user.uid), "--gid", str(self.user.gid)]
        arguments += ["--hostname", self.hostname] if self.hostname else []
        for mount in self.mounts:
            arguments += mount.arguments()
        arguments += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp"]
        for mount in self.late:
            arguments += mount.arguments()
        arguments += ["--remount-ro", "/", "--chdir", self.workdir, "--clearenv"]
        for name, value in self.env.items():
            arguments += ["--setenv", name, value]
        return [*arguments, "--", *command]


def find_bubblewrap(label: str, purpose: str) -> str:
    """The path of bubblewrap's program.

    Args:
        label: the target, for messages.
        purpose: what it is needed for, `the image's sandbox` or the like.

    Raises:
        CannotRunError: this machine has none.
    """
    program = find_program("bwrap")
    if not program:
        reason = f"{purpose} needs bubblewrap, and there is no bwrap on this machine"
        raise CannotRunError(Problem(label, reason, "install the Debian package bubblewrap"))
    return program


def find_program(name: str) -> str:
    """The path of a program of the machine; empty where there is none."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{SEARCHED}") or ""


def start(
    program: str, sandbox: Sandbox, command: Sequence[str], status: Path, **streams: Any
) -> subprocess.Popen[bytes]:
    """Starts a command by bubblewrap's `program`, which reports to the file `status`; `streams` are Popen's."""
    with open(status, "wb") as report:
        arguments = [program, *sandbox.arguments(command, report.fileno())]
        return subprocess.Popen(arguments, pass_fds=(report.fileno(),), **{"stdin": subprocess.DEVNULL, **streams})


def started(status: Path) -> bool:
    """Whether a command that has ended was started at all: bubblewrap reports exit codes of what it started only."""
    return any("exit-code" in json.loads(line) for line in status.read_text().splitlines())
