"""What is looked at in the files of a base, while its layers are read once."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from typing import IO, BinaryIO, Optional, cast

from distroless_python.base.file_tree import FileTree
from distroless_python.formats.elf import MAGIC, ElfError, ElfFacts
from distroless_python.layer.scan import is_text, see_elf

LD_SO_CACHE = "etc/ld.so.cache"
_IN_MEMORY = 32 << 20


@dataclass(frozen=True)
class SeenFile:
    """What was found in a file.

    Attributes:
        elf: of an ELF program or library that the loader can read.
        text: of the few files that are read whole.
        glibc: of libc.so.6, glibc's version.
    """

    elf: Optional[ElfFacts] = None
    text: Optional[bytes] = None
    glibc: str = ""


def look(path: str, size: int, stream: IO[bytes]) -> Optional[SeenFile]:
    """A visitor for `FileTree.lay`."""
    if is_text(path, size) or path == LD_SO_CACHE:
        return SeenFile(text=stream.read())
    start = stream.read(len(MAGIC))
    if start != MAGIC:
        return None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        copy.write(start)
        shutil.copyfileobj(stream, copy)
        try:
            seen = see_elf(path, cast(BinaryIO, copy))
        except ElfError:  # the loader could not use it either; a base may have a test file that is one
            return None
    return SeenFile(elf=seen.elf, glibc=seen.glibc)


def text(tree: FileTree, path: str) -> str:
    """The text of a file that was looked at; "" if it is not there."""
    node = tree.find(path)
    seen = node.seen if node else None
    return seen.text.decode("utf-8", "replace") if isinstance(seen, SeenFile) and seen.text else ""
