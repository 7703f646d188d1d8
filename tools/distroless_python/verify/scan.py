"""Looks into the files of a layer, once, for everything that verification has to know."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, cast

from distroless_python.common.errors import Problem, ToolError
from distroless_python.common.tarfiles import UNREADABLE, open_tar

from .elf import MAGIC, ElfError, read_elf
from .elf_facts import ElfDocument, ElfFacts, Script, UnreadableElf

PROGRAMS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
"""Where the image looks for programs, without leading slashes."""

_IN_MEMORY = 16 << 20
_START = 512
_SHEBANG = re.compile(rb"#![ \t]*([^\s]+)")
_PRIVATE_KEY = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")


def scan(layer: Path | str) -> ElfDocument:
    """Reads a layer file as the layer actions write them, in memory that does not grow with it.

    Raises:
        ToolError: the file is no gzip-compressed tar archive, or is damaged.
    """
    elf: list[ElfFacts] = []
    unreadable: list[UnreadableElf] = []
    scripts: list[Script] = []
    private_keys: list[str] = []
    try:
        with gzip.open(layer) as stream, open_tar(cast("IO[bytes]", stream), "r|") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    continue
                path = member.name
                start = content.read(_START)
                shebang = _SHEBANG.match(start)
                if start.startswith(MAGIC):
                    try:
                        facts = _read(path, start, content)
                    except ElfError as error:
                        unreadable.append(UnreadableElf(path, error.reason))
                    else:
                        elf += [facts] if facts else []
                elif shebang and path.rpartition("/")[0] in PROGRAMS:
                    scripts.append(Script(path, shebang[1].decode("utf-8", "backslashreplace")))
                elif _PRIVATE_KEY.match(start):
                    private_keys.append(path)
    except UNREADABLE as error:
        remedy = "this file is written by a layer action: build it again"
        raise ToolError(Problem(str(layer), f"not a layer: {error}", remedy)) from None
    return ElfDocument(
        tuple(sorted(elf, key=lambda facts: facts.path)),
        tuple(sorted(unreadable, key=lambda file: file.path)),
        tuple(sorted(scripts, key=lambda script: script.path)),
        tuple(sorted(private_keys)),
    )


def _read(path: str, start: bytes, rest: IO[bytes]) -> ElfFacts | None:
    """The loader reads here and there, the archive only forwards: so a copy, on disk if it is large."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
        copy.write(start)
        shutil.copyfileobj(rest, copy, 1 << 20)
        return read_elf(cast(BinaryIO, copy), path)
