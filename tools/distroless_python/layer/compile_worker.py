"""Compiles sources to .pyc files; run by the image's own interpreter, which has nothing but its standard library.

Says its version (`3.13` and a line feed), then reads from stdin and writes to stdout, one record after the other: a
request is two lengths (4 bytes each, little-endian), the installed path and the source; the answer is a length and a
.pyc, or the length 0xFFFFFFFF for a source that does not compile. The .pyc is checked against nothing at run time
(PEP 552), so it is used on a read-only root.
"""

from __future__ import annotations

import sys

del sys.path[0]  # this file's directory: its neighbours are not for this interpreter

import importlib.util  # noqa: E402
import marshal  # noqa: E402
import warnings  # noqa: E402

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_FAILED = b"\xff\xff\xff\xff"


def compile_source(source: bytes, path: str) -> bytes | None:
    """The bytes of a .pyc; None if `source` does not compile."""
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    source_hash = importlib.util.source_hash(source)
    return b"".join((importlib.util.MAGIC_NUMBER, _UNCHECKED_HASH, source_hash, marshal.dumps(code)))


def main() -> None:
    """Answers requests until stdin ends."""
    warnings.simplefilter("ignore")
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(b"%d.%d\n" % sys.version_info[:2])
    answers.flush()
    while True:
        head = requests.read(8)
        if len(head) < 8:
            return
        path_size = int.from_bytes(head[:4], "little")
        source_size = int.from_bytes(head[4:], "little")
        path = requests.read(path_size).decode("utf-8", "surrogateescape")
        compiled = compile_source(requests.read(source_size), path)
        answers.write(_FAILED if compiled is None else len(compiled).to_bytes(4, "little") + compiled)
        answers.flush()


if __name__ == "__main__":
    main()
