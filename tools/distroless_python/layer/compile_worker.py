"""Compiles sources to .pyc files; run by the image's own interpreter, which has nothing but its standard library.

Says its version (`3.13` and a line feed), then waits for jobs. A job begins with a byte, is done by a fork, and is read
from stdin and answered on stdout, one record after the other: a request is two lengths (4 bytes each, little-endian),
the installed path and the source; eight bytes 0xFF are the job's end. The answer is a length and a .pyc, or 0xFFFFFFFF
for a source that does not compile, or 0xFFFFFFFE, a length and a text for one that is not valid: its line, a blank and
the reason. The .pyc is checked against nothing at run time (PEP 552), so it is used on a read-only root.

What memory and time the compiler takes is limited: a source of 4 kB, compressed, takes 3 GB otherwise. How much it
takes depends on the source only, so whether a source compiles does too, as long as the time is not what ends it.
"""

from __future__ import annotations

import sys

del sys.path[0]  # this file's directory: its neighbours are not for this interpreter

import importlib.util  # noqa: E402
import marshal  # noqa: E402
import os  # noqa: E402
import warnings  # noqa: E402

try:
    import resource
except ImportError:  # not a Unix
    resource = None  # type: ignore[assignment]

MEMORY = 112 << 20
"""Bytes that compiling one source may take; real sources of 4 MB, the largest that are compiled, take 80 MB."""

SECONDS, ALL_SECONDS = 30, 600
"""CPU time of one source, and of all that a process is given."""

OVER = 2
"""After so many sources that took too much memory a process compiles no more."""

_UNCHECKED_HASH = (1).to_bytes(4, "little")
_FAILED, _INVALID = b"\xff\xff\xff\xff", b"\xfe\xff\xff\xff"
_END = b"\xff" * 8


def compile_source(source: bytes, path: str) -> bytes:
    """The answer for a source.

    Raises:
        MemoryError: it takes more than it may.
    """
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
    except SyntaxError as error:
        return _INVALID + _sized(f"{error.lineno or 1} {error.msg}".encode("utf-8", "replace"))
    except (ValueError, RecursionError, OverflowError):
        return _FAILED
    return _sized(b"".join((importlib.util.MAGIC_NUMBER, _UNCHECKED_HASH, importlib.util.source_hash(source), data)))


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data


def limit_memory() -> None:
    """Limits what the process may take to what it has and `MEMORY`, where the system can do that."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            data = int(file.read().split()[5]) * resource.getpagesize()
        _limit(resource.RLIMIT_DATA, data + MEMORY)
    except (OSError, ValueError, AttributeError):
        pass


def limit_time() -> None:
    """Limits the CPU time until the next call; at its end the process dies of SIGXCPU."""
    if resource:
        used = resource.getrusage(resource.RUSAGE_SELF)
        now = int(used.ru_utime + used.ru_stime)
        _limit(resource.RLIMIT_CPU, min(now + SECONDS, ALL_SECONDS) + 1)


def _limit(kind: int, value: int) -> None:
    """Sets a limit, or leaves it to a lower one that this process was started with."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def read(size: int) -> bytes:
    """So many bytes of stdin, and none beyond; fewer at its end."""
    parts = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write(data: bytes) -> None:
    """Writes all of it to stdout."""
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


def work() -> None:
    """Answers the requests of a job."""
    limit_memory()
    lives = OVER
    while True:
        head = read(8)
        if len(head) < 8 or head == _END:
            return
        path = read(int.from_bytes(head[:4], "little")).decode("utf-8", "surrogateescape")
        source = read(int.from_bytes(head[4:], "little"))
        limit_time()
        try:
            answer = compile_source(source, path) if lives else _FAILED
        except MemoryError:
            answer = _FAILED
            lives -= 1
        write(answer)


def end_like(status: int) -> None:
    """Ends as a child has ended, unless all was well with it."""
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    if status:
        sys.exit(1)


def main() -> None:
    """Does jobs until stdin ends."""
    warnings.simplefilter("ignore")
    write(b"%d.%d\n" % sys.version_info[:2])
    while read(1):
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        end_like(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main()
