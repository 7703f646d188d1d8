"""The ELF reader, compared with readelf; and the reader of the loader's cache."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from distroless_python.formats import ld_cache
from distroless_python.formats.elf import read_elf
from hostile.mutate import damage
from hostile.subject import Maker, Subject, file, named
from support.elfs import elf

_ROW = re.compile(r"^ 0x[0-9a-f]+ +\((NEEDED|SONAME|RUNPATH|RPATH)\) +[^\[]*\[(.*)\]$", re.MULTILINE)
_GOOD = {
    machine: elf(
        "libdemo.so.1",
        needed=["libc.so.6", "libm.so.6"],
        runpath="$ORIGIN:/opt/lib",
        requires={"libc.so.6": ["GLIBC_2.17", "GLIBC_2.34"]},
        defines=["DEMO_1", "DEMO_2"],
        machine=machine,
    )
    for machine in ("x86_64", "aarch64", "i386", "s390x")
}


def facts(path: Path, _: Path) -> dict[str, Any]:
    """What our reader says."""
    with path.open("rb") as stream:
        found = read_elf(stream, "x")
    if found is None:
        return {}
    return {
        "needed": list(found.needed),
        "soname": [found.soname] if found.soname else [],
        "runpath": list(found.runpath),
        "rpath": list(found.rpath),
    }


def readelf(path: Path, _: Path) -> dict[str, Any]:
    """What readelf says; a warning of it is a refusal."""
    run = subprocess.run(["readelf", "-dW", str(path)], capture_output=True, check=True, timeout=20)
    if run.stderr:
        raise ValueError(run.stderr.decode(errors="replace"))
    found: dict[str, list[str]] = {"needed": [], "soname": [], "runpath": [], "rpath": []}
    for kind, value in _ROW.findall(run.stdout.decode(errors="replace")):
        parts = [part for part in value.split(":") if part] if kind in ("RUNPATH", "RPATH") else [value]
        found[kind.lower()] += parts
    return found


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Names are compared where both print them alike; the loader takes the last of several."""
    if not ours:
        return ""
    odd = [key for key, value in ours.items() if value != theirs[key] and _plain(value) and _plain(theirs[key])]
    repeated = [key for key in odd if key != "needed" and len(theirs[key]) > len(ours[key])]
    return ", ".join(f"{key}: {ours[key]} and {theirs[key]}" for key in odd if key not in repeated)


def _plain(names: list[str]) -> bool:
    return all(name.isascii() and name.isprintable() and not set("<>[]") & set(name) for name in names)


def kinds() -> Iterator[tuple[str, Maker]]:
    """Name and maker of each."""
    for machine, good in _GOOD.items():
        yield f"{machine}: good", file("x.so", good)
        for what, at, size in (
            ("class", 4, 1),
            ("byte order", 5, 1),
            ("version", 6, 1),
            ("type", 16, 2),
            ("machine", 18, 2),
            ("phoff", 32, 8),
            ("phentsize", 54, 2),
            ("phnum", 56, 2),
        ):
            for value in (0, 1, 3, (1 << 8 * size) - 1):
                changed = good[:at] + value.to_bytes(size, "little") + good[at + size :]
                yield f"{machine}: {what} {value}", file("x.so", changed)
    for what, content in {
        "empty": b"",
        "the magic": b"\x7fELF",
        "many names": elf("x", needed=[f"l{n}" for n in range(60_000)]),
        "a long name": elf("x" * 70_000),
        "a long path": elf("x", runpath=":".join(["/a"] * 30_000)),
        "many versions": elf("x", needed=["c"], requires={"c": [f"V{n}" for n in range(20_000)]}),
        "many definitions": elf("x", defines=[f"V{n}" for n in range(20_000)]),
        "odd paths": elf("x", rpath="::$ORIGIN/../${LIB}:relative:/:"),
        "a newline": elf("a\nb", needed=["c\rd", "\x1b[31m"]),
        "no end of a string": _GOOD["x86_64"].replace(b"libdemo.so.1\0", b"libdemo.so.1x", 1),
        "a core dump": elf("x", kind=4),
        "an object": elf("x", kind=1),
        "a program": elf("", kind=2, interpreter="/lib64/ld.so"),
        "an interpreter without end": elf("", interpreter="x" * 5000).replace(b"x\0", b"xx"),
    }.items():
        yield what, file("x.so", content)


def mutant(random: Random) -> Maker:
    return file("x.so", damage(_GOOD[random.choice(sorted(_GOOD))], random))


_CACHE = ld_cache.write(
    ld_cache.CacheEntry(f"lib{n}.so.1", f"/usr/lib/lib{n}.so.1", 0x0303, "x86-64-v3" if n % 3 == 0 else "")
    for n in range(40)
)


def cache(path: Path, _: Path) -> int:
    """The number of libraries in a cache."""
    try:
        return len(list(ld_cache.read(path.read_bytes())))
    except ld_cache.BadCache:
        return -1  # as in the loader, reading goes on without it


def cache_mutant(random: Random) -> Maker:
    return file("ld.so.cache", damage(_CACHE, random))


def subjects() -> list[Subject]:
    oracle = readelf if shutil.which("readelf") else None
    return [
        Subject("ELF", named(kinds()), mutant, facts, frozenset(), oracle, difference, weight=4),
        Subject(
            "loader's cache", {"good": file("c", _CACHE), "empty": file("c", b"")}, cache_mutant, cache, frozenset()
        ),
    ]
