"""Runs a program inside an unpacked image by bubblewrap, the way a hardened container runs: read-only, unprivileged."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError
from distroless_python.sandbox.unpack import Tree, User

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""What an engine sets where the image sets none."""

_QEMU = "/.test/qemu"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x"}
_SYSTEM_FILES = {"/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n", "/etc/resolv.conf": b""}


@dataclass(frozen=True)
class Bind:
    """A path of the machine shown at the absolute path `target`."""

    source: str
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Sandbox:
    """How programs run in the image unpacked at `tree`. `emulator` is put before each command line."""

    tree: Tree
    user: User
    env: Mapping[str, str]
    workdir: str
    network: bool = False
    binds: tuple[Bind, ...] = ()
    emulator: tuple[str, ...] = ()

    def prefixed(self, command: Sequence[str]) -> list[str]:
        """A command line of the image as it is to be started: emulated, where that is needed."""
        if not self.emulator:
            return list(command)
        # binfmt_misc is not asked, so what the kernel does for scripts is done here.
        with open(self.tree.resolve(command[0]), "rb") as stream:
            first = stream.readline(256)
        shebang = first[2:].decode().split(maxsplit=1) if first.startswith(b"#!") else []
        return [*self.emulator, *(part.strip() for part in shebang), *command]

    def arguments(self, command: Sequence[str], status: int) -> list[str]:
        """bubblewrap's command line; it reports to the file descriptor `status`."""
        arguments = ["--unshare-user", "--unshare-all", *(["--share-net"] if self.network else [])]
        arguments += ["--die-with-parent", "--new-session", "--json-status-fd", str(status)]
        arguments += ["--uid", str(self.user.uid), "--gid", str(self.user.gid)]
        arguments += ["--bind", self.tree.root, "/", "--proc", "/proc", "--dev", "/dev"]
        arguments += ["--perms", "1777", "--tmpfs", "/tmp"]
        for bind in self.binds:
            arguments += ["--bind" if bind.writable else "--ro-bind", bind.source, bind.target]
        arguments += ["--remount-ro", "/", "--chdir", self.workdir, "--clearenv"]
        for name, value in self.env.items():
            arguments += ["--setenv", name, value]
        return [*arguments, "--", *self.prefixed(command)]


def user_of(config: Mapping[str, Any], tree: Tree) -> tuple[User, str]:
    """The image's user and his home, names looked up in the image's own passwd and group.

    Raises:
        ToolError: the image does not know the name.
    """
    name, _, group = str(config.get("User") or "0").partition(":")
    passwd, groups = _entries(tree, "/etc/passwd"), _entries(tree, "/etc/group")
    entry = next((e for e in passwd if len(e) > 5 and name in (e[0], e[2])), None)
    group_entry = next((e for e in groups if len(e) > 2 and group in (e[0], e[2])), None)
    uid = entry[2] if entry else name
    gid = (group_entry[2] if group_entry else group) if group else entry[3] if entry else "0"
    if not uid.isdigit() or not gid.isdigit():
        missing = "/etc/group" if uid.isdigit() else "/etc/passwd"
        reason = f"the image's user {config.get('User')!r} is not in its {missing}"
        raise ToolError(Problem("user", reason, "use a numeric user, such as 65532"))
    return User(int(uid), int(gid)), entry[5] if entry else "/"


def bubblewrap(label: str) -> str:
    """The path of bubblewrap's program.

    Raises:
        ToolError: this machine has none.
    """
    program = shutil.which("bwrap", path=f"{os.environ.get('PATH', '')}:{PATH}")
    if program is None:
        reason = "the image's sandbox needs bubblewrap, and there is no bwrap on this machine"
        raise ToolError(Problem(label, reason, "install the Debian package bubblewrap"))
    return program


def emulation(architecture: str, label: str) -> tuple[tuple[str, ...], tuple[Bind, ...]]:
    """What has to stand before a command line, and be shown, to run it on this machine; nothing where it runs as it is.

    Raises:
        ToolError: the machine cannot run programs of that architecture.
    """
    machine = _MACHINES.get(architecture, architecture)
    if machine == platform.machine() or _registered(machine):
        return (), ()
    # Since Debian 13 the static program, which needs no library of the machine's, has the plain name.
    path = f"{os.environ.get('PATH', '')}:{PATH}"
    qemu = shutil.which(f"qemu-{machine}-static", path=path) or shutil.which(f"qemu-{machine}", path=path)
    if qemu is None:
        reason = f"the image is for {architecture}, this machine ({platform.machine()}) cannot run it"
        raise ToolError(
            Problem(label, reason, "install the Debian package qemu-user-static (since Debian 13: qemu-user)")
        )
    return (_QEMU,), (Bind(os.path.realpath(qemu), _QEMU),)


def prepare(sandbox: Sandbox, scratch: Path) -> Sandbox:
    """Adds what an engine puts into every container, and makes the places where things are mounted."""
    sandbox = replace(sandbox, binds=(*_system_files(sandbox, scratch), *sandbox.binds))
    for bind in sandbox.binds:
        sandbox.tree.mount_point(bind.target, directory=os.path.isdir(bind.source))
    for target in ("/proc", "/dev", "/tmp", sandbox.workdir):
        sandbox.tree.mount_point(target, directory=True)
    sandbox.tree.grant(sandbox.user)
    return sandbox


def start(
    program: str, sandbox: Sandbox, command: Sequence[str], scratch: Path, **streams: Any
) -> subprocess.Popen[bytes]:
    """Starts a command in a prepared sandbox by bubblewrap's `program`; `streams` are Popen's."""
    with open(scratch / "status.json", "wb") as status:
        arguments = [program, *sandbox.arguments(command, status.fileno())]
        return subprocess.Popen(arguments, pass_fds=(status.fileno(),), stdin=subprocess.DEVNULL, **streams)


def started(scratch: Path) -> bool:
    """Whether the last command was started at all: bubblewrap reports an exit code of what it started only."""
    lines = (scratch / "status.json").read_text().splitlines()
    return any("exit-code" in json.loads(line) for line in lines)


def _system_files(sandbox: Sandbox, scratch: Path) -> tuple[Bind, ...]:
    """What an engine puts into every container: names of loopback, and how other names are looked up."""
    if sandbox.network:
        return tuple(Bind(os.path.realpath(path), path) for path in _SYSTEM_FILES if os.path.exists(path))
    for path, content in _SYSTEM_FILES.items():
        (scratch / os.path.basename(path)).write_bytes(content)
    return tuple(Bind(str(scratch / os.path.basename(path)), path) for path in _SYSTEM_FILES)


def _entries(tree: Tree, path: str) -> list[list[str]]:
    try:
        with open(tree.resolve(path), encoding="utf-8") as stream:
            return [line.rstrip("\n").split(":") for line in stream]
    except OSError:
        return []


def _registered(machine: str) -> bool:
    """Whether the kernel runs such programs by an interpreter that it keeps open (flag F), so also inside the image."""
    try:
        text = Path(f"/proc/sys/fs/binfmt_misc/qemu-{machine}").read_text()
    except OSError:
        return False
    flags = next((line.partition(":")[2] for line in text.splitlines() if line.startswith("flags")), "")
    return text.startswith("enabled") and "F" in flags
