"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def atomic(path: Path | str) -> Iterator[BinaryIO]:
    """Opens `path` for writing; it appears, whole, when the block ends without an error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_json(path: Path | str, value: Any, *, pretty: bool = False) -> None:
    """Writes `value` as JSON with sorted keys: indented for people, compact for actions."""
    style: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    with atomic(path) as stream:
        stream.write((json.dumps(value, sort_keys=True, ensure_ascii=False, **style) + "\n").encode())
