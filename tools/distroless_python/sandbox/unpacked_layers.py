"""A store of unpacked layers, which all images that have a layer share.

The layers of the base are unpacked together, and with them those that mean nothing alone (Debian packages, whiteouts);
each other layer has a directory of its own. A name in the store is the digest of what is in it, so what is there is
right. What was not used for a month is removed when something is added.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from distroless_python.base.image_reader import LayoutImage
from distroless_python.formats.oci import Descriptor, ImageStore
from distroless_python.sandbox.unpacked_root import NeedsLowerLayersError, UnpackedRoot, User

VARIABLE = "DISTROLESS_UNPACKED_LAYERS"
"""Names the store's directory; empty for a store of the test's own, which ends with it."""

_FORMAT = "1"
_UNUSED_SECONDS = 30 * 24 * 3600
_DEPENDENT = ".dependent"

Layers = Sequence[tuple[Descriptor, str]]


def store_directory(scratch: Path) -> Path:
    """Where unpacked layers are kept: in the user's cache; in `scratch` where that cannot be written."""
    chosen = os.environ.get(VARIABLE)
    if chosen is None:
        chosen = _cache()
    if chosen:
        directory = Path(chosen, "unpacked-layers")
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory):
                return directory
        except OSError:
            pass
    return scratch / "unpacked-layers"


class LayerStore:
    """Unpacked layers in `directory`; `subject` is the image's layout."""

    def __init__(self, directory: Path, layout: ImageStore) -> None:
        self._directory = directory
        self._layout = layout
        directory.mkdir(parents=True, exist_ok=True)

    def roots(self, image: LayoutImage, base_layers: int, user: Callable[[str], User]) -> list[str]:
        """The directories that are an image's file system when they lie over each other, lowest first.

        Args:
            image: the image; its lowest `base_layers` layers are its base's.
            base_layers: how many.
            user: says who looks at the files, from the lowest of the directories.

        Raises:
            ToolError: a layer is missing or damaged.
        """
        layers = image.layers
        lowest = base_layers
        while True:
            lowest = max([lowest, *(at + 1 for at, layer in enumerate(layers) if self._is_dependent(layer[1]))])
            account = str((image.config.get("config") or {}).get("User"))  # type: ignore[attr-defined]
            name = _name(account, *(diff_id for _, diff_id in layers[:lowest]))
            chain = self._entry(name, layers[:lowest], user)
            known = user(chain)
            try:
                return [chain, *(self._alone(layer, known) for layer in layers[lowest:])]
            except NeedsLowerLayersError:
                continue  # it is marked now

    def _alone(self, layer: tuple[Descriptor, str], user: User) -> str:
        try:
            return self._entry(_name(f"{user.uid}:{user.gid}", layer[1]), [layer], lambda _: user, alone=True)
        except NeedsLowerLayersError:
            (self._directory / (_name(layer[1]) + _DEPENDENT)).touch()
            raise

    def _is_dependent(self, diff_id: str) -> bool:
        return (self._directory / (_name(diff_id) + _DEPENDENT)).exists()

    def _entry(self, name: str, layers: Layers, user: Callable[[str], User], *, alone: bool = False) -> str:
        path = self._directory / name
        with self._locked(name):
            if path.exists():
                os.utime(path)
                return str(path)
            self._remove_unused()
            root = UnpackedRoot(tempfile.mkdtemp(dir=self._directory, prefix=".new-"))
            try:
                root.unpack(self._layout, layers, alone=alone)
                root.grant(user(root.root))
            except BaseException:
                root.remove()
                raise
            os.chmod(root.root, 0o755)
            os.rename(root.root, path)
        return str(path)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """A test that needs a layer which another test is unpacking waits for it."""
        with open(self._directory / f"{name}.lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.utime(lock.fileno())
            yield

    def _remove_unused(self) -> None:
        oldest = time.time() - _UNUSED_SECONDS
        for entry in os.scandir(self._directory):
            if entry.stat(follow_symlinks=False).st_mtime >= oldest:
                continue
            if entry.is_dir(follow_symlinks=False):
                UnpackedRoot(entry.path).remove()
            else:
                os.unlink(entry.path)


def remove(directory: Path) -> None:
    """Removes a directory that may have a store in it."""
    store = directory / "unpacked-layers"
    for entry in os.scandir(store) if store.is_dir() else ():
        if entry.is_dir(follow_symlinks=False):
            UnpackedRoot(entry.path).remove()
    shutil.rmtree(directory)


def _name(*parts: str) -> str:
    return hashlib.sha256("\n".join([_FORMAT, *parts]).encode()).hexdigest()[:40]


def _cache() -> str:
    home = os.environ.get("XDG_CACHE_HOME")
    if not home:
        try:
            home = os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
        except KeyError:  # a user without an account
            return ""
    return os.path.join(home, "rules_distroless_python")
