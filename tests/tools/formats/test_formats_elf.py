"""The ELF reader, against synthesised files, damaged files, and files of a real compiler."""

from __future__ import annotations

import ctypes
import io
import platform
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.formats.elf import BadElfTable, ElfError, ElfFacts, TruncatedElf, read_elf
from support.elfs import elf
from support.properties import patient

names = st.text(st.sampled_from("abcXYZ019._+-"), min_size=1, max_size=12)
machines = st.sampled_from(["x86_64", "aarch64", "i386", "arm", "s390x", "riscv64", "ppc64le"])


def facts(data: bytes) -> ElfFacts:
    found = read_elf(data, "lib.so")
    assert found is not None
    return found


@patient
@given(
    machine=machines,
    soname=st.just("") | names,
    needed=st.lists(names, max_size=4),
    rpath=st.lists(names, max_size=3),
    runpath=st.lists(names, max_size=3),
    requires=st.dictionaries(names, st.lists(names, min_size=1, max_size=4, unique=True), max_size=3),
    defines=st.lists(names, max_size=3),
    interpreter=st.just("") | names,
)
def test_reads_back_what_was_written(
    machine: str,
    soname: str,
    needed: list[str],
    rpath: list[str],
    runpath: list[str],
    requires: dict[str, list[str]],
    defines: list[str],
    interpreter: str,
) -> None:
    data = elf(
        soname,
        machine=machine,
        needed=needed,
        rpath=":".join(rpath),
        runpath=":".join(runpath),
        requires=requires,
        defines=defines,
        interpreter=interpreter,
    )
    expected = ElfFacts(
        path="lib.so",
        bits=32 if machine in ("i386", "arm") else 64,
        machine=machine,
        soname=soname,
        needed=tuple(needed),
        rpath=tuple(rpath),
        runpath=tuple(runpath),
        requires={file: tuple(sorted(versions)) for file, versions in requires.items()},
        defines=tuple(defines),
        interpreter=interpreter,
    )
    assert read_elf(data, "lib.so") == expected
    assert read_elf(io.BytesIO(data), "lib.so") == expected


_OPENCL = bytes.fromhex("7f454c4602010000000000000000000004ff") + bytes(46)
"""How Intel's compiler writes programs for graphics processors: no version, no type."""


@pytest.mark.parametrize("data", [b"", b"\x7fEL", b"#!/bin/sh\n", elf(kind=1), elf(kind=4), _OPENCL])
def test_what_the_loader_never_opens_has_no_facts(data: bytes) -> None:
    assert read_elf(data, "x") is None


def test_weak_version_needs_are_left_out() -> None:
    data = elf(needed=["libc.so.6"], requires={"libc.so.6": ["GLIBC_2.17", "GLIBC_ABI_DT_RELR"]}, weak=["GLIBC_2.17"])
    assert facts(data).requires == {"libc.so.6": ("GLIBC_ABI_DT_RELR",)}


def test_unknown_machine_keeps_its_number() -> None:
    data = bytearray(elf())
    data[18:20] = struct.pack("<H", 247)
    assert facts(bytes(data)).machine == "em_247"


def test_a_static_program_needs_nothing() -> None:
    data = bytearray(elf("libx.so"))
    dynamic = 64 + 56  # the second program header; make it PT_NULL
    data[dynamic : dynamic + 4] = bytes(4)
    assert facts(bytes(data)) == ElfFacts("lib.so", 64, "x86_64")


@pytest.mark.parametrize("machine", ["x86_64", "i386", "s390x"])
def test_every_truncation_is_an_error_or_no_elf(machine: str) -> None:
    data = elf("libx.so.1", machine=machine, needed=["liby.so"], requires={"liby.so": ["V1", "V2"]}, defines=["X_1"])
    assert all(read_elf(data[:size], "x") is None for size in range(4))
    for size in range(4, len(data)):
        with pytest.raises(TruncatedElf):
            read_elf(data[:size], "x")


def _patch(data: bytes, tag: int, value: int) -> bytes:
    """Replaces the value of a dynamic entry of a 64-bit little-endian file."""
    (offset,) = struct.unpack_from("<Q", data, 64 + 56 + 8)
    while struct.unpack_from("<Q", data, offset)[0] != tag:
        offset += 16
    changed = bytearray(data)
    struct.pack_into("<Q", changed, offset + 8, value)
    return bytes(changed)


@pytest.mark.parametrize(
    ("tag", "value", "message"),
    [
        (5, 1 << 40, "the string table at address 0x10000000000 is in no loaded segment"),
        (10, 1 << 40, "the string table, 1099511627776 bytes at offset"),
        (14, 5000, "the string of DT_SONAME is at 5000, outside the table"),
        (1, 1 << 63, "the string of DT_NEEDED is at 9223372036854775808, outside the table"),
        (0x6FFFFFFE, 1 << 33, "the table of needed versions at address 0x200000000 is in no loaded segment"),
        (0x6FFFFFFF, 1 << 30, "the table of needed versions has 1 entries where 1073741824 were announced"),
        (0x6FFFFFFD, 7, "the table of defined versions has 2 entries where 7 were announced"),
    ],
)
def test_tables_that_point_elsewhere(tag: int, value: int, message: str) -> None:
    data = elf("libx.so.1", needed=["liby.so"], requires={"liby.so": ["V1"]}, defines=["X_1"])
    with pytest.raises(BadElfTable, match=re.escape(message)):
        read_elf(_patch(data, tag, value), "x")


def test_a_string_without_an_end() -> None:
    data = _patch(elf("libx.so.1", padding=3), 10, 4)  # the table ends inside the name
    with pytest.raises(BadElfTable, match="has no end"):
        read_elf(data, "x")


def test_a_list_of_versions_that_never_ends() -> None:
    """A chain through the file whose every entry announces 65535 more."""
    data = bytearray(elf("libx.so.1", requires={"liby.so": ["V1"]}, padding=1 << 20))
    start = len(data) - (1 << 20)
    struct.pack_into("<HHIII", data, start, 1, 0xFFFF, 1, 16, 0)
    for offset in range(start + 16, len(data) - 16, 16):
        struct.pack_into("<IHHII", data, offset, 0, 0, 0, 1, 16)
    with pytest.raises(BadElfTable, match="has no end: more than 16384 entries, or a cycle"):
        read_elf(_patch(bytes(data), 0x6FFFFFFE, start), "x")


def test_wrong_class_and_wrong_header_sizes() -> None:
    data = bytearray(elf("libx.so"))
    data[4] = 9
    with pytest.raises(BadElfTable, match="class 9, data 1, version 1"):
        read_elf(bytes(data), "x")
    data = bytearray(elf("libx.so"))
    struct.pack_into("<H", data, 54, 12)
    with pytest.raises(BadElfTable, match="3 program headers of 12 bytes; 56 bytes were expected"):
        read_elf(bytes(data), "x")


def _outcome(data: bytes) -> str | None:
    """The path that the facts or the error name, None where it is not an ELF file."""
    try:
        found = read_elf(data, "x")
    except ElfError as error:
        return error.problems[0].subject
    return found.path if found else None


@patient
@given(data=st.binary(max_size=400))
def test_random_bytes_after_the_magic(data: bytes) -> None:
    found = _outcome(b"\x7fELF" + data)
    assert found is None or found == "x"


@patient
@given(
    machine=machines, changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=12)
)
def test_random_changes_give_facts_or_a_typed_error(machine: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(
        elf("libx.so.1", machine=machine, needed=["liby.so"], requires={"liby.so": ["V1"]}, defines=["X_1"], rpath="/a")
    )
    for place, value in changes:
        data[place % len(data)] = value
    found = _outcome(bytes(data))
    assert found is None or found == "x"


def test_the_real_loader_opens_what_is_synthesised(tmp_path: Path) -> None:
    if platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
        pytest.skip("needs an x86_64 machine with glibc")
    (tmp_path / "libleaf.so.1").write_bytes(elf("libleaf.so.1", defines=["LEAF_1"]))
    requires = {"libleaf.so.1": ["LEAF_1"], "libc.so.6": ["GLIBC_2.2.5"]}
    top = tmp_path / "libtop.so"
    top.write_bytes(elf("libtop.so", needed=["libleaf.so.1", "libc.so.6"], runpath="$ORIGIN", requires=requires))
    ctypes.CDLL(str(top))
    top = tmp_path / "libother.so"
    top.write_bytes(elf("libother.so", needed=["libleaf.so.1"], runpath="$ORIGIN", requires={"libleaf.so.1": ["NO"]}))
    with pytest.raises(OSError, match="version `NO' not found"):
        ctypes.CDLL(str(top))


def _readelf(path: Path) -> tuple[str, list[str], list[str], set[str]]:
    """soname, needed, runpath and needed versions, as binutils reads them."""
    dynamic = subprocess.run(["readelf", "-d", "-W", path], check=True, capture_output=True, text=True).stdout
    versions = subprocess.run(["readelf", "-V", "-W", path], check=True, capture_output=True, text=True).stdout
    needs = versions.partition("Version needs section")[2]
    return (
        "".join(re.findall(r"\(SONAME\).*\[(.*)\]", dynamic)),
        re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic),
        [part for found in re.findall(r"\(RUNPATH\).*\[(.*)\]", dynamic) for part in found.split(":")],
        set(re.findall(r"Name: (\S+)  Flags: none", needs)),
    )


def test_agrees_with_readelf_on_what_gcc_links(tmp_path: Path) -> None:
    if not shutil.which("gcc") or not shutil.which("readelf"):
        pytest.skip("needs gcc and readelf")
    source, versions, library = tmp_path / "x.c", tmp_path / "x.map", tmp_path / "libx.so"
    source.write_text('#include <stdio.h>\n#include <math.h>\nvoid f(double x) { printf("%f", exp(x)); }\n')
    versions.write_text("X_1.0 { global: f; local: *; };\nX_1.1 { } X_1.0;\n")
    options = ["-shared", "-fPIC", "-Wl,-soname,libx.so.1", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/a:/b"]
    command = [
        "gcc",
        *options,
        f"-Wl,--version-script={versions}",
        "-o",
        str(library),
        str(source),
        "-Wl,--no-as-needed",
        "-lm",
    ]
    subprocess.run(command, check=True)
    soname, needed, runpath, needs = _readelf(library)
    with library.open("rb") as stream:
        found = read_elf(stream, "libx.so")
    assert found is not None
    assert (found.soname, list(found.needed), list(found.runpath)) == (soname, needed, runpath)
    assert (soname, needed, runpath) == ("libx.so.1", ["libm.so.6", "libc.so.6"], ["$ORIGIN/a", "/b"])
    assert {name for versions in found.requires.values() for name in versions} == needs
    assert found.defines == ("X_1.0", "X_1.1")


def test_readelf_reads_what_is_synthesised(tmp_path: Path) -> None:
    if not shutil.which("readelf"):
        pytest.skip("needs readelf")
    path = tmp_path / "libx.so"
    path.write_bytes(elf("libx.so.1", needed=["liba.so", "libb.so"], runpath="$ORIGIN:/x"))
    assert _readelf(path)[:3] == ("libx.so.1", ["liba.so", "libb.so"], ["$ORIGIN", "/x"])
