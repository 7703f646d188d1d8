"""Writing files so that no reader sees half of one."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:  # every action starts with this module, and pathlib takes longer to import than all of it
    from pathlib import Path


@contextmanager
def atomic(path: Path | str) -> Iterator[BinaryIO]:
    """Opens `path` for writing; it appears, whole, when the block ends without an error."""
    directory, name = os.path.split(path)
    os.makedirs(directory or ".", exist_ok=True)
    temporary = os.path.join(directory, f".{name}.{os.urandom(8).hex()}")
    stream = open(temporary, "x+b")  # noqa: SIM115 (what fails here leaves nothing to remove)
    try:
        with stream:
            yield stream
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def plain(value: Any) -> Any:
    """A dataclass as JSON has it: members that are empty and not needed are left out. Any other value as it is."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    needed = {f.name for f in dataclasses.fields(value) if f.default is f.default_factory is dataclasses.MISSING}
    return {name: plain(item) for name, item in vars(value).items() if item or name in needed}


def write_json(path: Path | str, value: Any, *, pretty: bool = False) -> None:
    """Writes `value` as JSON with sorted keys: indented for people, compact for actions."""
    style: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    with atomic(path) as stream:
        stream.write((json.dumps(value, sort_keys=True, ensure_ascii=False, **style) + "\n").encode())


def copy_file(source: Path | str, target: Path | str) -> None:
    """Copies a file's content in the kernel, where it can without its bytes: by reflink."""
    with open(source, "rb", buffering=0) as reader, open(target, "xb", buffering=0) as writer:
        left = os.fstat(reader.fileno()).st_size
        try:
            while left and (copied := os.copy_file_range(reader.fileno(), writer.fileno(), left)):
                left -= copied
        except OSError:  # another file system, or an old kernel
            pass
        if left:
            reader.seek(-left, os.SEEK_END)
            shutil.copyfileobj(reader, writer, 1 << 20)
