"""One contender of the layer benchmark in a process of its own.

Usage: layers_child.py idle | ours ACTION MANIFEST | tarfile WHEEL OUTPUT | floor WHEEL

Prints the seconds that the work took, after Python started and imported what the contender needs, and the process's
peak memory in bytes.
"""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # an idle interpreter has not imported typing
    from collections.abc import Callable

PREFIX = "usr/local/lib/python3.13/dist-packages/"


def ours(action: str, manifest: str) -> Callable[[], None]:
    """This project's layer, through the entry point that Bazel uses."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("action", action)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    importlib.import_module(module.COMMANDS["wheel-layer"])

    def work() -> None:
        if module.main([f"@{manifest}"]):
            sys.exit(1)

    return work


def with_tarfile(wheel: str, output: str) -> Callable[[], None]:
    """The same entries by Python's tarfile and gzip level 6; no digests, which is in its favour."""
    import tarfile
    import zipfile

    def work() -> None:
        directories: set[str] = set()
        with zipfile.ZipFile(wheel) as archive, tarfile.open(output, "w:gz", compresslevel=6) as tar:
            for member in archive.infolist():
                path = PREFIX + member.filename
                for cut in (index for index, character in enumerate(path) if character == "/"):
                    if path[:cut] not in directories:
                        directories.add(path[:cut])
                        directory = tarfile.TarInfo(path[:cut])
                        directory.type, directory.mode = tarfile.DIRTYPE, 0o755
                        tar.addfile(directory)
                if not member.is_dir():
                    info = tarfile.TarInfo(path)
                    info.size = member.file_size
                    info.mode = 0o755 if member.external_attr >> 16 & 0o111 else 0o644
                    with archive.open(member) as content:
                        tar.addfile(info, content)

    return work


def floor(wheel: str) -> Callable[[], None]:
    """What no layer can do without: inflate once, and SHA-256 of both streams."""
    import hashlib
    import zipfile
    import zlib

    def work() -> None:
        packed_hash, plain_hash = hashlib.sha256(), hashlib.sha256()
        with zipfile.ZipFile(wheel) as archive, open(wheel, "rb") as file:
            for member in archive.infolist():
                file.seek(member.header_offset + 26)
                sizes = file.read(4)
                file.seek(int.from_bytes(sizes[:2], "little") + int.from_bytes(sizes[2:], "little"), 1)
                left = member.compress_size
                inflate = zlib.decompressobj(-15)
                while left:
                    packed = file.read(min(left, 1 << 18))
                    left -= len(packed)
                    packed_hash.update(packed)
                    plain_hash.update(inflate.decompress(packed) if member.compress_type else packed)

    return work


def idle() -> Callable[[], None]:
    """An interpreter that has nothing to do."""
    return lambda: None


def peak() -> int:
    """The most memory that this process had, in bytes (not getrusage's, which counts what was there before exec)."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    contenders: dict[str, Callable[..., Callable[[], None]]] = {
        "idle": idle,
        "ours": ours,
        "tarfile": with_tarfile,
        "floor": floor,
    }
    work = contenders[sys.argv[1]](*sys.argv[2:])
    start = time.perf_counter()
    work()
    print(time.perf_counter() - start, peak())
