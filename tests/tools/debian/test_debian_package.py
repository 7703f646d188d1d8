"""Reading packages, good ones and hostile ones."""

from __future__ import annotations

import lzma
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.debian import package as module
from distroless_python.debian.package import Deb, open_deb
from distroless_python.errors import ToolError
from support.debs import ar, deb, files
from support.layouts import member, tar
from support.properties import patient

CONTENT: dict[str, bytes | str] = {
    "usr/bin/x": b"program",
    "usr/share/doc/x/copyright": b"(c)",
    "usr/lib/x.so": "x.so.1",
}


def write(directory: Path, content: bytes) -> str:
    path = directory / "x.deb"
    path.write_bytes(content)
    return str(path)


def names(package: Deb) -> list[str]:
    return [found.name for found in package.members]


@pytest.mark.parametrize("compression", [".xz", ".gz", ""])
def test_a_package(tmp_path: Path, compression: str) -> None:
    path = write(tmp_path, deb("x", "1:2-3", files(CONTENT), compression=compression, fields={"depends": "libc6"}))
    with open_deb(path, str(tmp_path)) as package:
        assert (package.fields["Package"], package.fields["Version"]) == ("x", "1:2-3")
        assert package.fields["Depends"] == "libc6"
        assert package.control.endswith("Description: x\n Synthesised for a test.\n")
        assert sorted(package.md5sums) == ["usr/bin/x", "usr/share/doc/x/copyright"]
        assert "./usr/bin/x" in names(package)
        program = package.members[names(package).index("./usr/bin/x")]
        with open(package.data, "rb") as stream:
            stream.seek(program.offset_data)
            assert stream.read(program.size) == b"program"
    assert os.listdir(tmp_path) == ["x.deb"]


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb is not installed")
def test_dpkg_reads_the_packages_of_these_tests_alike(tmp_path: Path) -> None:
    path = write(tmp_path, deb("x", "1", files(CONTENT)))
    listed = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True).stdout
    with open_deb(path, str(tmp_path)) as package:
        assert listed == Path(package.data).read_bytes()


def test_the_old_way_to_write_control_paths(tmp_path: Path) -> None:
    control = tar([(member("control"), b"Package: x\nVersion: 1\n")])
    with open_deb(
        write(tmp_path, ar([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar", tar([]))])),
        str(tmp_path),
    ) as package:
        assert (package.fields, package.md5sums, package.members) == ({"Package": "x", "Version": "1"}, {}, ())


GOOD = deb("x", "1", files(CONTENT))
CONTROL = ("control.tar.gz", b"")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>Not found</html>", "not a .deb: it does not begin as an ar archive does"),
        (b"", "not a .deb: it does not begin"),
        (GOOD[:100], "not a .deb: it ends within the header at byte 72"),
        (GOOD[:-20], "not a .deb: data.tar.xz has .* of its .* bytes"),
        (ar([("control.tar", b"")]), "not a .deb: its first member is not debian-binary"),
        (ar([("debian-binary", b"2.0\n"), ("data.tar", b"")]), "not a .deb: it has no control.tar"),
        (ar([("debian-binary", b"2.0\n"), ("control.tar", tar([]))]), "control.tar: it has no control file"),
        (ar([("debian-binary", b"2.0\n"), ("control.tar.gz", b"no gzip")]), "damaged: "),
        (ar([("debian-binary", b"2.0\n"), ("control.tar.xz", b"no xz")]), "damaged: "),
        (ar([("debian-binary", b"2.0\n"), ("control.tar", b"no tar" * 200)]), "damaged: "),
        (deb("x", compression=".zst"), r"control.tar.zst: compressed with zst, .*\n.*dpkg-deb -Zxz"),
        (GOOD.replace(b"data.tar.xz ", b"data.tar.lz4"), "data.tar.lz4: compressed with lz4"),
    ],
)
def test_what_is_no_package(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(ToolError, match=rf"x\.deb: {message}"), open_deb(write(tmp_path, content), str(tmp_path)):
        pass
    assert os.listdir(tmp_path) == ["x.deb"]


def test_a_truncated_data_archive(tmp_path: Path) -> None:
    data = tar([(member("a"), bytes(2000))])[:2000]
    control = tar([(member("./control"), b"Package: x\nVersion: 1\n")])
    content = ar([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar.xz", lzma.compress(data))])
    with (
        pytest.raises(ToolError, match="damaged: unexpected end of data"),
        open_deb(write(tmp_path, content), str(tmp_path)),
    ):
        pass


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, deb("x", data=files({"usr/lib/zeros": bytes(3 << 20), "usr/lib/a": b"", "usr/lib/b": b""})))
    monkeypatch.setattr(module, "MAX_MEMBERS", 4)
    with pytest.raises(ToolError, match=r"data\.tar: more than 4 files"), open_deb(path, str(tmp_path)):
        pass
    monkeypatch.setattr(module, "MAX_DATA", 1 << 20)
    with pytest.raises(ToolError, match=r"data\.tar: more than 1048576 bytes unpacked"), open_deb(path, str(tmp_path)):
        pass
    monkeypatch.setattr(module, "MAX_CONTROL", 1024)
    with pytest.raises(ToolError, match=r"control\.tar: more than 1024 bytes unpacked"), open_deb(path, str(tmp_path)):
        pass
    assert os.listdir(tmp_path) == ["x.deb"]


@pytest.mark.parametrize("how", ["base-256", "pax"])
def test_a_size_that_leads_backwards_does_not_loop(tmp_path: Path, how: str) -> None:
    fields: dict[str, Any] = {"pax_headers": {"size": "-1024"}} if how == "pax" else {}
    archive = bytearray(tar([(member("a", **fields), b"x")]))
    if how == "base-256":
        archive[124:136] = b"\xff" + (256**11 - 1024).to_bytes(11, "big")
        archive[148:156] = b" " * 8
        archive[148:156] = b"%06o\0 " % sum(archive[:512])
    control = tar([(member("./control"), b"Package: x\nVersion: 1\n")])
    content = ar([("debian-binary", b"2.0\n"), ("control.tar", control), ("data.tar", bytes(archive))])
    sizes, said = [0], ""
    try:
        with open_deb(write(tmp_path, content), str(tmp_path)) as package:
            sizes, said = [found.size for found in package.members], ""
    except ToolError as error:
        said = str(error)
    assert min(sizes, default=0) >= 0
    # A Python whose tarfile knows of this takes no negative size from a pax header.
    assert "damaged: " in said or (how == "pax" and not said)


@settings(patient, max_examples=150)
@given(st.integers(0), st.binary(min_size=1, max_size=8), st.sampled_from([".gz", ""]))
def test_damage_is_an_error_or_harmless(tmp_path: Path, place: int, patch: bytes, compression: str) -> None:
    good = deb("x", "1", files(CONTENT), compression=compression)
    place %= len(good)
    path = write(tmp_path, good[:place] + patch + good[place + len(patch) :])
    try:
        with open_deb(path, str(tmp_path)) as package:
            assert all(isinstance(found, tarfile.TarInfo) for found in package.members)
    except ToolError:
        return
