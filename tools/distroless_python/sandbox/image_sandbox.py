"""An image as the file system of a sandbox, the way a hardened container has it: read-only, unprivileged."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from distroless_python.base.image_reader import read_image
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import ImageStore
from distroless_python.sandbox import mounts
from distroless_python.sandbox.bubblewrap import SEARCHED, CannotRunError, Sandbox, find_program
from distroless_python.sandbox.mounts import Bind, MadeDirectory, RootEntry
from distroless_python.sandbox.unpacked_layers import LayerStore, store_directory
from distroless_python.sandbox.unpacked_root import User

_QEMU = "/.test/qemu"
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x"}
_SYSTEM_FILES = {"/etc/hosts": b"127.0.0.1 localhost\n::1 localhost\n", "/etc/resolv.conf": b""}
_ALWAYS_NEW = ("/proc", "/dev", "/tmp")


@dataclass(frozen=True)
class UnpackedImage:
    """An image's file system as directories that lie over each other, its config, and who runs in it.

    Attributes:
        roots: directories of the machine, lowest first.
        config: the member `config` of the image's config.
        user: numeric.
        home: the user's home, absolute.
        emulator: what stands before each command line, a Bind of it included; None where the machine runs it as it is.
    """

    roots: tuple[str, ...]
    config: Mapping[str, Any]
    user: User
    home: str
    emulator: Bind | None = None

    def prefixed(self, command: Sequence[str]) -> list[str]:
        """A command line of the image as it is to be started: emulated, where that is needed."""
        if not self.emulator:
            return list(command)
        # binfmt_misc is not asked, so what the kernel does for scripts is done here.
        with open(mounts.topmost(self.roots, mounts.find(self.roots, command[0])), "rb") as stream:
            first = stream.readline(256)
        shebang = first[2:].decode().split(maxsplit=1) if first.startswith(b"#!") else []
        return [self.emulator.target, *(part.strip() for part in shebang), *command]

    def sandbox(self, env: Mapping[str, str], binds: Sequence[Bind], scratch: Path, *, network: bool) -> Sandbox:
        """The sandbox that shows the image, what an engine puts into every container, and `binds`."""
        binds = [*self._volumes(scratch), *binds]
        binds = [*_system_files(scratch, network=network), *([self.emulator] if self.emulator else []), *binds]
        workdir = self.config.get("WorkingDir") or "/"
        targets = [*_ALWAYS_NEW, workdir, *(bind.target for bind in binds)]
        real = {target: mounts.find(self.roots, target) for target in targets}
        opened = {up for target, path in real.items() if not self._has(target) for up in mounts.above(path)}
        late = [replace(bind, target=f"/{real[bind.target]}") for bind in binds]
        missing = [] if self._has(workdir) else [MadeDirectory(f"/{real[workdir]}")]
        shown: tuple[RootEntry, ...] = (*mounts.over_each_other(self.roots, opened), *missing)
        return Sandbox(shown, self.user, env, workdir, late=tuple(late), network=network)

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """The image's environment as an engine sets it, then `own`; a PYTHONPATH goes behind the image's."""
        image = dict(item.partition("=")[::2] for item in self.config.get("Env") or [])
        env = {"PATH": SEARCHED, "HOME": self.home, **image, **own}
        path = [part for part in (image.get("PYTHONPATH"), own.get("PYTHONPATH")) if part]
        return {**env, **({"PYTHONPATH": ":".join(path)} if path else {})}

    def _volumes(self, scratch: Path) -> list[Bind]:
        """New volumes, with what the image has in these directories, as engines make them."""
        binds = []
        for number, path in enumerate(sorted(self.config.get("Volumes") or {})):
            volume = scratch / "volumes" / str(number)
            places = [os.path.join(root, mounts.find(self.roots, path)) for root in self.roots]
            for place in filter(os.path.isdir, () if volume.exists() else places):
                shutil.copytree(place, volume, symlinks=True, dirs_exist_ok=True)
            volume.mkdir(parents=True, exist_ok=True)
            os.chmod(volume, 0o755)
            binds.append(Bind(str(volume), path, writable=True))
        return binds

    def _has(self, path: str) -> bool:
        return os.path.lexists(mounts.topmost(self.roots, mounts.find(self.roots, path)))


def unpacked_image(layout: ImageStore, architecture: str, base_layers: int, scratch: Path) -> UnpackedImage:
    """Unpacks the layers that the store does not have yet.

    Args:
        layout: the image's.
        architecture: which image of the layout.
        base_layers: how many of its layers are the base's.
        scratch: a directory for what cannot be kept.

    Raises:
        ToolError: the image is damaged, does not know its own user, or is for machines that this one is not.
    """
    emulator = emulation(architecture, layout.subject)
    image = read_image(layout, architecture)
    config: Any = image.config.get("config") or {}
    store = LayerStore(store_directory(scratch), layout)
    roots = store.roots(image, base_layers, lambda root: user_of(config, root)[0])
    user, home = user_of(config, roots[0])
    return UnpackedImage(tuple(roots), config, user, home, emulator)


def user_of(config: Mapping[str, Any], root: str) -> tuple[User, str]:
    """The image's user and home, names looked up in the passwd and group of its file system `root`.

    Raises:
        ToolError: the image does not know the name.
    """
    name, _, group = str(config.get("User") or "0").partition(":")
    passwd, groups = _entries(root, "/etc/passwd"), _entries(root, "/etc/group")
    entry = next((e for e in passwd if len(e) > 5 and name in (e[0], e[2])), None)
    group_entry = next((e for e in groups if len(e) > 2 and group in (e[0], e[2])), None)
    uid = entry[2] if entry else name
    gid = (group_entry[2] if group_entry else group) if group else entry[3] if entry else "0"
    if not uid.isdigit() or not gid.isdigit():
        missing = "/etc/group" if uid.isdigit() else "/etc/passwd"
        reason = f"the image's user {config.get('User')!r} is not in its {missing}"
        raise ToolError(Problem("user", reason, "use a numeric user, such as 65532"))
    return User(int(uid), int(gid)), entry[5] if entry else "/"


def emulation(architecture: str, label: str) -> Bind | None:
    """The emulator that runs programs of an architecture on this machine; None where they run as they are.

    Raises:
        CannotRunError: the machine cannot run them.
    """
    machine = _MACHINES.get(architecture, architecture)
    if machine == platform.machine() or _registered(machine):
        return None
    # Since Debian 13 the static program, which needs no library of the machine's, has the plain name.
    qemu = find_program(f"qemu-{machine}-static") or find_program(f"qemu-{machine}")
    if not qemu:
        reason = f"the image is for {architecture}, this machine ({platform.machine()}) cannot run it"
        remedy = "install the Debian package qemu-user-static (since Debian 13: qemu-user)"
        raise CannotRunError(Problem(label, reason, remedy))
    return Bind(os.path.realpath(qemu), _QEMU)


def _system_files(scratch: Path, *, network: bool) -> list[Bind]:
    """What an engine puts into every container: names of loopback, and how other names are looked up."""
    if network:
        return [Bind(os.path.realpath(path), path) for path in _SYSTEM_FILES if os.path.exists(path)]
    for path, content in _SYSTEM_FILES.items():
        (scratch / os.path.basename(path)).write_bytes(content)
    return [Bind(str(scratch / os.path.basename(path)), path) for path in _SYSTEM_FILES]


def _entries(root: str, path: str) -> list[list[str]]:
    try:
        with open(os.path.join(root, mounts.find((root,), path)), encoding="utf-8") as stream:
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
