"""Looks into the files of a layer while it is written, and notes what later steps have to know. It judges nothing."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from typing import IO, BinaryIO, NamedTuple, cast

from distroless_python.documents.layer_contents import FileFacts, LayerContents, Script, UnreadableElf
from distroless_python.documents.python_facts import PythonFacts
from distroless_python.formats.elf import MAGIC, ElfError, ElfFacts, read_elf
from distroless_python.layer.module_facts import ModuleReader

PROGRAMS = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
"""Where the image looks for programs, without leading slashes."""

_IN_MEMORY = 1 << 20
_START = 512
_SHEBANG = re.compile(rb"#![ \t]*([^ \t\n\0]+)")
"""As the kernel reads it: a carriage return is part of the interpreter's name."""

_KERNEL_READS = 256
_MAX_TEXT = 64 << 20
_PRIVATE_KEY = re.compile(rb"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----")
_TEXT = re.compile(
    r"(?:etc|usr/lib)/os-release|etc/ld\.so\.conf(?:\.d/.+)?|var/lib/dpkg/status(?:\.d/.+(?<!\.md5sums))?"
    r"|usr/(?:local/)?lib/python3\.\d+/site\.py|(?:.*/)?(?:dist|site)-packages/[^/]+\.pth"
)
_LIBC = re.compile(r"(?:.*/)?libc(?:\.so\.6|-2\.\d+\.so)")
_BANNER = re.compile(rb"GNU C Library [^\n]{0,80} version (\d+\.\d+)")


def is_text(path: str, size: int) -> bool:
    """Whether a file is one of the few that say what a system is; these are read whole."""
    return size <= _MAX_TEXT and _TEXT.fullmatch(path) is not None


class SeenElf(NamedTuple):
    """An ELF file: None for one that no loader loads; `glibc` is the version of a libc.so.6."""

    elf: ElfFacts | None
    glibc: str = ""


def see_elf(path: str, content: BinaryIO | bytes) -> SeenElf:
    """Reads what starts as an ELF file does.

    Raises:
        ElfError: the loader could not use it.
    """
    facts = read_elf(content, path)
    if facts is None or not _LIBC.fullmatch(path):
        return SeenElf(facts)
    if not isinstance(content, bytes):
        content.seek(0)
        content = content.read()
    banner = _BANNER.search(content)
    return SeenElf(facts, banner[1].decode() if banner else "")


class Watch:
    """Is shown a file's content in pieces."""

    def __init__(self, scanner: Scanner, path: str, size: int) -> None:
        self._scanner = scanner
        self._path = path
        self._whole = scanner.reads(path, size)
        self._start = b""
        self._copy: IO[bytes] | None = None

    def feed(self, piece: bytes) -> None:
        """The next piece."""
        if self._copy:
            self._copy.write(piece)
        elif self._whole or len(self._start) < _START:
            self._start += piece
            if self._start.startswith(MAGIC):  # the loader reads here and there: so a copy, on disk if it is large
                self._copy = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (until close)
                self._copy.write(self._start)

    def close(self) -> None:
        """There was the last piece."""
        if self._copy:
            with self._copy:
                self._scanner.add_elf(self._path, cast(BinaryIO, self._copy))
        else:
            self._scanner.whole(self._path, self._start)


class Scanner:
    """Is shown files, from any thread; what it saw is `contents()`.

    Attributes:
        modules: reads the Python modules among them; None if they are not needed.
    """

    def __init__(self) -> None:
        self.modules: ModuleReader | None = None
        self._elf: list[ElfFacts] = []
        self._unreadable: list[UnreadableElf] = []
        self._scripts: list[Script] = []
        self._private_keys: list[str] = []
        self._texts: dict[str, str] = {}
        self._glibc = ""

    def whole(self, path: str, data: bytes) -> None:
        """Looks at a file's content; `path` is where it is installed, without a leading slash."""
        if data.startswith(MAGIC):
            self.add_elf(path, data)
        else:
            self._look_at_start(path, data[:_START])
            if is_text(path, len(data)):
                self._texts[path] = data.decode("utf-8", "replace")
            if self.modules and self.modules.wants(path, len(data)):
                self.modules.add(path, data)

    def reads(self, path: str, size: int) -> bool:
        """Whether more than the start of a file is looked at."""
        return is_text(path, size) or (self.modules is not None and self.modules.wants(path, size))

    def watch(self, path: str, size: int) -> Watch:
        """Looks at a file's content, `size` bytes, as it passes by."""
        return Watch(self, path, size)

    def contents(self, files: Iterable[FileFacts]) -> LayerContents:
        """All that was seen, and the listing."""
        listing = tuple(files)
        python = self.modules.facts(file.path for file in listing) if self.modules else PythonFacts()
        return LayerContents(
            files=listing,
            elf=tuple(sorted(self._elf, key=lambda facts: facts.path)),
            unreadable=tuple(sorted(self._unreadable, key=lambda file: file.path)),
            scripts=tuple(sorted(self._scripts, key=lambda script: script.path)),
            private_keys=tuple(sorted(self._private_keys)),
            texts=dict(sorted(self._texts.items())),
            glibc=self._glibc,
            python=python.to_json() if python.modules else {},
        )

    def add_elf(self, path: str, content: BinaryIO | bytes) -> None:
        """Looks at what starts as an ELF file does."""
        try:
            seen = see_elf(path, content)
        except ElfError as error:
            self._unreadable.append(UnreadableElf(path, error.reason))
        else:
            self._elf += [seen.elf] if seen.elf else []
            self._glibc = seen.glibc or self._glibc

    def _look_at_start(self, path: str, start: bytes) -> None:
        if start.startswith(b"#!") and path.rpartition("/")[0] in PROGRAMS:
            shebang = _SHEBANG.match(start[:_KERNEL_READS])
            if shebang:
                self._scripts.append(Script(path, shebang[1].decode("utf-8", "backslashreplace")))
        elif b"-----BEGIN" in start and _PRIVATE_KEY.match(start):
            self._private_keys.append(path)
