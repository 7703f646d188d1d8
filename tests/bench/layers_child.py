"""One contender of the layer benchmark in a process of its own; prints its peak memory in bytes.

Usage: layers_child.py idle | ours ACTION MANIFEST | tarfile WHEEL OUTPUT | floor WHEEL
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # an idle interpreter has not imported typing
    from collections.abc import Callable

PREFIX = "usr/local/lib/python3.13/dist-packages/"


def ours(action: str, manifest: str) -> None:
    """This project's layer, through the entry point that Bazel uses."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("action", action)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if module.main(["wheel-layer", manifest]):
        sys.exit(1)


def with_tarfile(wheel: str, output: str) -> None:
    """The same entries by Python's tarfile and gzip level 6; no digests, which is in its favour."""
    import tarfile
    import zipfile

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


def floor(wheel: str) -> None:
    """What no layer can do without: inflate once, and SHA-256 of both streams."""
    import hashlib
    import zipfile
    import zlib

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


def peak() -> int:
    """The most memory that this process had, in bytes (not getrusage's, which counts what was there before exec)."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    contender, *arguments = sys.argv[1:]
    contenders: dict[str, Callable[..., None]] = {"ours": ours, "tarfile": with_tarfile, "floor": floor}
    if contender != "idle":
        contenders[contender](*arguments)
    print(peak())
