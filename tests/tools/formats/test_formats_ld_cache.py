"""The loader's cache: its format, against the real ldconfig and the real loader's order."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.formats.ld_cache import FLAGS, BadCache, CacheEntry, compare_names, read, write
from support.properties import patient

LDCONFIG = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
X86 = FLAGS["x86_64"]

names = st.builds(
    lambda stem, version: f"lib{stem}.so{version}",
    st.sampled_from(["a", "z", "z++", "db-5", "db-5.3", "stdc++"]),
    st.sampled_from(["", ".0", ".1", ".1.0", ".9", ".10", ".10.2"]),
)
libraries = st.lists(
    st.builds(
        lambda name, directory, flags, hwcaps: CacheEntry(name, f"{directory}/{name}", flags, hwcaps),
        names,
        st.sampled_from(["/lib/x86_64-linux-gnu", "/usr/lib", "/opt/ü"]),
        st.sampled_from(sorted(FLAGS.values())),
        st.sampled_from(["", "", "x86-64-v2", "x86-64-v3"]),
    ),
    max_size=12,
)


@patient
@given(libraries)
def test_what_is_written_is_read(content: list[CacheEntry]) -> None:
    found = read(write(content))
    assert sorted(found, key=repr) == sorted(content, key=repr)
    assert write(found) == write(content)
    for first, second in zip(found, found[1:]):
        assert compare_names(first.name, second.name) >= 0


def test_order_and_sharing_of_strings() -> None:
    content = [
        CacheEntry("libz.so.1", "/lib/libz.so.1", X86),
        CacheEntry("libz.so.10", "/lib/libz.so.10", X86),
        CacheEntry("libz.so.9", "/lib/libz-of-another-name.so", X86),
        CacheEntry("liba.so", "/first/liba.so", X86),
        CacheEntry("liba.so", "/second/liba.so", X86),
        CacheEntry("liba.so", "/lib/glibc-hwcaps/x86-64-v3/liba.so.1", X86, "x86-64-v3"),
        CacheEntry("liba.so", "/lib/glibc-hwcaps/x86-64-v2/liba.so.1", X86, "x86-64-v2"),
    ]
    data = write(content)
    assert [library.path for library in read(data)] == [
        "/lib/libz.so.10",
        "/lib/libz-of-another-name.so",
        "/lib/libz.so.1",
        "/lib/glibc-hwcaps/x86-64-v2/liba.so.1",
        "/lib/glibc-hwcaps/x86-64-v3/liba.so.1",
        "/first/liba.so",
        "/second/liba.so",
    ]
    assert data.count(b"libz.so.1\0") == 1
    assert data.count(b"libz.so.9\0") == 1


def test_the_older_cache_before_it_is_skipped() -> None:
    content = [CacheEntry("libz.so.1", "/lib/libz.so.1", X86)]
    assert read(b"ld.so-1.7.0\0" + bytes(20) + write(content)) == content


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("libc.so.6", "libc.so.5"),
        ("libc.so.10", "libc.so.9"),
        ("libc.so.1.2", "libc.so.1"),
        ("libdb-5.3.so", "libdb-5.so"),
        ("lib1", "liba"),
        ("libb", "liba"),
        ("liba", ""),
    ],
)
def test_names_are_compared_as_the_loader_does(first: str, second: str) -> None:
    assert compare_names(first, second) > 0 > compare_names(second, first)
    assert compare_names(first, first) == 0


@pytest.mark.parametrize("data", [b"", b"ld.so-1.7.0\0" + bytes(100), b"glibc-ld.so.cache1.1", bytes(1000)])
def test_what_is_no_cache(data: bytes) -> None:
    with pytest.raises(BadCache):
        read(data)


@settings(patient, max_examples=300)
@given(libraries, st.integers(0), st.binary(min_size=1, max_size=8), st.booleans())
def test_damage_is_an_error_or_harmless(content: list[CacheEntry], place: int, patch: bytes, cut: bool) -> None:
    data = write(content)
    place %= len(data)
    damaged = data[:place] if cut else data[:place] + patch + data[place + len(patch) :]
    try:
        found = read(damaged)
    except BadCache:
        return
    assert all(isinstance(library, CacheEntry) for library in found)


@pytest.mark.skipif(not LDCONFIG, reason="ldconfig is not installed")
def test_ldconfig_prints_it(tmp_path: Path) -> None:
    content = [
        CacheEntry("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", X86),
        CacheEntry("libz.so.1", "/lib/aarch64-linux-gnu/libz.so.1", FLAGS["aarch64"]),
        CacheEntry("libz.so.1", "/lib/i386-linux-gnu/libz.so.1", FLAGS["i386"]),
        CacheEntry("libz.so.1", "/usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1.3", X86, "x86-64-v3"),
    ]
    (tmp_path / "cache").write_bytes(write(content))
    printed = subprocess.run([str(LDCONFIG), "-p", "-C", str(tmp_path / "cache")], capture_output=True, check=True)
    lines = [line.strip() for line in printed.stdout.decode().splitlines()]
    assert lines[0] == f"4 libs found in cache `{tmp_path}/cache'"
    assert lines[1:] == [
        "libz.so.1 (libc6,AArch64) => /lib/aarch64-linux-gnu/libz.so.1",
        'libz.so.1 (libc6,x86-64, hwcap: "x86-64-v3") => /usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1.3',
        "libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1",
        "libz.so.1 (libc6) => /lib/i386-linux-gnu/libz.so.1",
    ]
