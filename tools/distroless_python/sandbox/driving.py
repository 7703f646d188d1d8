"""Running a program of an image beside the driver, and keeping what it prints."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from distroless_python.sandbox import driver
from distroless_python.sandbox.image_sandbox import UnpackedImage
from distroless_python.sandbox.mounts import Bind
from distroless_python.sandbox.unpacked_layers import remove

_PLACE, _SPEC = "/.test/driver.py", "/.test/spec.json"
_LISTEN_SECONDS = 60
_EMULATED_SLOWDOWN = 10

DRIVER = ("-I", "-S", "-B", _PLACE, _SPEC)
"""What the image's Python gets to run the driver."""


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A directory below TEST_TMPDIR, which is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="image-", dir=os.environ.get("TEST_TMPDIR")))
    try:
        yield directory
    finally:
        remove(directory)


def driver_spec(image: UnpackedImage) -> dict[str, Any]:
    """What the image itself says to the driver: how long it may take to listen, and the signal that stops it."""
    seconds = _LISTEN_SECONDS * (_EMULATED_SLOWDOWN if image.emulator else 1)
    return {"timeout": seconds, "stop_signal": image.config.get("StopSignal") or "SIGTERM"}


def driver_binds(spec: Mapping[str, Any], scratch: Path) -> list[Bind]:
    """Shows the driver and its orders."""
    (scratch / "spec.json").write_text(json.dumps(spec))
    return [Bind(os.path.realpath(driver.__file__), _PLACE), Bind(str(scratch / "spec.json"), _SPEC)]


class Tee:
    """Hands a stream on while it is kept."""

    def __init__(self, source: IO[bytes], target: IO[bytes]) -> None:
        self._parts: list[bytes] = []
        self._source, self._target = source, target
        self._thread = threading.Thread(target=self._copy)
        self._thread.start()

    def text(self) -> str:
        """All of it, once the stream has ended."""
        self._thread.join()
        return b"".join(self._parts).decode(errors="replace")

    def _copy(self) -> None:
        for part in iter(lambda: os.read(self._source.fileno(), 1 << 16), b""):
            self._parts.append(part)
            self._target.write(part)
            self._target.flush()
