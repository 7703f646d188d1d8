"""Reading tar archives that others wrote."""

from __future__ import annotations

import tarfile
import zlib
from lzma import LZMAError
from typing import IO

UNREADABLE = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, LZMAError)
"""What reading a damaged archive may raise."""


class _Member(tarfile.TarInfo):
    """A member whose size cannot send the reader backwards, to read the same headers for ever (CVE-2025-8194)."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> _Member:
        start = tarfile.offset
        member = super().fromtarfile(tarfile)
        if member.size < 0 or tarfile.offset <= start:
            raise ValueError(f"the size of {member.name!r} is negative")
        return member


def open_tar(stream: IO[bytes], mode: str) -> tarfile.TarFile:
    """Opens an uncompressed archive: mode `r:` for a seekable stream, `r|` for any other.

    Raises:
        UNREADABLE: it is not an archive. So do the methods of the result where it is damaged further on.
    """
    return tarfile.open(fileobj=stream, mode=mode, tarinfo=_Member, encoding="utf-8", errors="surrogateescape")  # type: ignore[call-overload, no-any-return]
