"""Looks into the files of a layer while it is written, for everything that verification has to know."""

from __future__ import annotations

import re
import tempfile
from typing import BinaryIO, cast

from distroless_python.documents.elf_facts import ElfDocument, ElfFacts, Script, UnreadableElf
from distroless_python.formats.elf import MAGIC, ElfError, read_elf

PROGRAMS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
"""Where the image looks for programs, without leading slashes."""

_IN_MEMORY = 1 << 20
_START = 512
_SHEBANG = re.compile(rb"#![ \t]*([^ \t\n\0]+)")
"""As the kernel reads it: a carriage return is part of the interpreter's name."""

_KERNEL_READS = 256
_PRIVATE_KEY = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")


class Watch:
    """Is shown a file's content in pieces."""

    def __init__(self, scanner: Scanner, path: str) -> None:
        self._scanner = scanner
        self._path = path
        self._start = b""
        self._copy: BinaryIO | None = None

    def feed(self, piece: bytes) -> None:
        """The next piece."""
        if self._copy:
            self._copy.write(piece)
        elif len(self._start) < _START:
            self._start += piece
            if self._start.startswith(MAGIC):  # the loader reads here and there: so a copy, on disk if it is large
                self._copy = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 (until close)
                self._copy.write(self._start)

    def close(self) -> None:
        """There was the last piece."""
        if self._copy:
            with self._copy:
                self._scanner.add_elf(self._path, self._copy)
        else:
            self._scanner.whole(self._path, self._start)


class Scanner:
    """Is shown files, from any thread; what it saw is `document()`."""

    def __init__(self) -> None:
        self._elf: list[ElfFacts] = []
        self._unreadable: list[UnreadableElf] = []
        self._scripts: list[Script] = []
        self._private_keys: list[str] = []

    def whole(self, path: str, data: bytes) -> None:
        """Looks at a file's content; `path` is where it is installed, without a leading slash."""
        if data.startswith(MAGIC):
            self.add_elf(path, data)
        else:
            self._look_at_start(path, data[:_START])

    def watch(self, path: str) -> Watch:
        """Looks at a file's content as it passes by."""
        return Watch(self, path)

    def document(self) -> ElfDocument:
        """All that was seen."""
        return ElfDocument(
            tuple(sorted(self._elf, key=lambda facts: facts.path)),
            tuple(sorted(self._unreadable, key=lambda file: file.path)),
            tuple(sorted(self._scripts, key=lambda script: script.path)),
            tuple(sorted(self._private_keys)),
        )

    def add_elf(self, path: str, content: BinaryIO | bytes) -> None:
        """Reads what starts as an ELF file does."""
        try:
            facts = read_elf(content, path)
        except ElfError as error:
            self._unreadable.append(UnreadableElf(path, error.reason))
        else:
            self._elf += [facts] if facts else []

    def _look_at_start(self, path: str, start: bytes) -> None:
        if start.startswith(b"#!") and path.rpartition("/")[0] in PROGRAMS:
            shebang = _SHEBANG.match(start[:_KERNEL_READS])
            if shebang:
                self._scripts.append(Script(path, shebang[1].decode("utf-8", "backslashreplace")))
        elif b"-----BEGIN" in start and _PRIVATE_KEY.match(start):
            self._private_keys.append(path)
