"""What is looked at in the files of an image, while its layers are read once."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from typing import IO, BinaryIO, Optional, cast

from distroless_python.base.file_tree import Tree
from distroless_python.documents.elf_facts import ElfFacts
from distroless_python.formats.elf import MAGIC, ElfError, read_elf

_TEXT = re.compile(
    r"(?:etc|usr/lib)/os-release|etc/ld\.so\.(?:cache|conf(?:\.d/.+)?)|var/lib/dpkg/status(?:\.d/.+)?"
    r"|usr/(?:local/)?lib/python3\.\d+/site\.py"
)
_MAX_TEXT = 64 << 20
_LIBC = re.compile(r"(?:.*/)?libc(?:\.so\.6|-2\.\d+\.so)")
_BANNER = re.compile(rb"GNU C Library [^\n]{0,80} version (\d+\.\d+)")
_IN_MEMORY = 32 << 20


@dataclass(frozen=True)
class Content:
    """What was found in a file.

    Attributes:
        elf: of an ELF program or library that the loader can read.
        text: of the few files that are read whole.
        glibc: of libc.so.6, glibc's version.
    """

    elf: Optional[ElfFacts] = None
    text: Optional[bytes] = None
    glibc: str = ""


def look(path: str, size: int, stream: IO[bytes]) -> Optional[Content]:
    """A visitor for `Tree.lay`."""
    if _TEXT.fullmatch(path) and size <= _MAX_TEXT:
        return Content(text=stream.read())
    start = stream.read(len(MAGIC))
    if start != MAGIC:
        return None
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        copy.write(start)
        shutil.copyfileobj(stream, copy)
        banner = None
        if _LIBC.fullmatch(path):
            copy.seek(0)
            banner = _BANNER.search(copy.read())
        try:
            elf = read_elf(cast(BinaryIO, copy), path)
        except ElfError:  # the loader could not use it either; a base may have a test file that is one
            return None
    return Content(elf=elf, glibc=banner[1].decode() if banner else "")


def text(tree: Tree, path: str) -> str:
    """The text of a file that `look` read; "" if it is not there."""
    node = tree.find(path)
    seen = node.seen if node else None
    return seen.text.decode("utf-8", "replace") if isinstance(seen, Content) and seen.text else ""
