"""What ldconfig would find in an image, compared with the real one."""

from __future__ import annotations

import io
import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from distroless_python.base.file_tree import FileTree
from distroless_python.base.inspect import look
from distroless_python.base.ldconfig import configured_directories, libraries
from distroless_python.formats import ld_cache as ldcache
from support.debs import files
from support.elfs import elf
from support.layouts import tar

LDCONFIG = shutil.which("ldconfig", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
MULTIARCH = "usr/lib/x86_64-linux-gnu"
CONTENT: dict[str, bytes | str] = {
    "lib": "usr/lib",
    "etc/ld.so.conf": b"# comment\ninclude /etc/ld.so.conf.d/*.conf\n/opt/vendor/lib # ours\n",
    "etc/ld.so.conf.d/b.conf": b"/lib/x86_64-linux-gnu\n/usr/lib/x86_64-linux-gnu\n",
    "etc/ld.so.conf.d/a.conf": b"/usr/local/lib\n/nowhere\n",
    "etc/ld.so.conf.d/c.txt": b"/not/read\n",
    "usr/local/lib/libown.so": elf("libown.so"),
    f"{MULTIARCH}/libz.so.1.3.1": elf("libz.so.1"),
    f"{MULTIARCH}/libz.so.1": "libz.so.1.3.1",
    f"{MULTIARCH}/libz.so": "libz.so.1",
    # The soname says more than the link that packages have besides.
    f"{MULTIARCH}/libbz2.so.1.0.4": elf("libbz2.so.1.0"),
    f"{MULTIARCH}/libbz2.so.1.0": "libbz2.so.1.0.4",
    f"{MULTIARCH}/libbz2.so.1": "libbz2.so.1.0.4",
    f"{MULTIARCH}/libnosoname.so.2": elf(),
    f"{MULTIARCH}/liboff.so.3": "../../../opt/elsewhere/liboff.so.3.1",
    "opt/elsewhere/liboff.so.3.1": elf("liboff.so.3"),
    f"{MULTIARCH}/libdangling.so.1": "gone.so",
    f"{MULTIARCH}/libtext.so": b"INPUT ( libz.so )",
    f"{MULTIARCH}/libpython-gdb.py": b"no library",
    f"{MULTIARCH}/plugin.so": elf("plugin.so"),
    f"{MULTIARCH}/engines/libengine.so": elf("libengine.so"),
    f"{MULTIARCH}/ld-linux-x86-64.so.2": elf("ld-linux-x86-64.so.2"),
    f"{MULTIARCH}/glibc-hwcaps/x86-64-v3/libz.so.1.3.1": elf("libz.so.1"),
    f"{MULTIARCH}/glibc-hwcaps/x86-64-v3/libz.so.1": "libz.so.1.3.1",
    "usr/lib/libplain.so.1": elf("libplain.so.1"),
    "opt/vendor/lib/libz.so.1": elf("libz.so.1"),
    "opt/vendor/lib/libs390.so.1": elf("libs390.so.1", machine="s390x"),
}


def tree(content: dict[str, bytes | str]) -> FileTree:
    found = FileTree()
    found.lay(io.BytesIO(tar(files(content))), look)
    return found


def test_directories_in_the_order_of_the_configuration() -> None:
    assert configured_directories(tree(CONTENT)) == [
        "/usr/local/lib",
        "/nowhere",
        "/lib/x86_64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu",
        "/opt/vendor/lib",
    ]


def test_a_configuration_that_includes_itself_ends() -> None:
    content: dict[str, bytes | str] = {
        "etc/ld.so.conf": b"include ld.so.conf\n/opt/x\nhwcap 0 nosegneg\ninclude nothing*"
    }
    assert configured_directories(tree(content)) == ["/opt/x"]


def test_entries() -> None:
    found = [(library.name, library.path, library.hwcaps) for library in libraries(tree(CONTENT), "amd64")]
    lib = "/lib/x86_64-linux-gnu"
    assert found == [
        ("libown.so", "/usr/local/lib/libown.so", ""),
        ("libz.so.1", f"{lib}/glibc-hwcaps/x86-64-v3/libz.so.1.3.1", "x86-64-v3"),
        ("ld-linux-x86-64.so.2", f"{lib}/ld-linux-x86-64.so.2", ""),
        ("libbz2.so.1.0", f"{lib}/libbz2.so.1.0", ""),
        ("libnosoname.so.2", f"{lib}/libnosoname.so.2", ""),
        ("liboff.so.3", f"{lib}/liboff.so.3", ""),
        ("libz.so", f"{lib}/libz.so", ""),
        ("libz.so.1", f"{lib}/libz.so.1", ""),
        ("libz.so.1", "/opt/vendor/lib/libz.so.1", ""),
        ("libplain.so.1", "/lib/libplain.so.1", ""),
    ]


def test_a_soname_without_a_file_of_that_name() -> None:
    content: dict[str, bytes | str] = {
        "usr/lib/libx.so.1.2": elf("libx.so.1"),
        "usr/lib/libx.so.1.10": elf("libx.so.1"),
    }
    assert [(library.name, library.path) for library in libraries(tree(content), "amd64")] == [
        ("libx.so.1", "/usr/lib/libx.so.1.10")
    ]


def test_no_libraries() -> None:
    assert ldcache.read(ldcache.write(libraries(FileTree(), "arm64"))) == []


@pytest.mark.skipif(not LDCONFIG or platform.machine() != "x86_64", reason="needs ldconfig of x86_64")
def test_the_real_ldconfig_finds_the_same(tmp_path: Path) -> None:
    content = {path: what for path, what in CONTENT.items() if "nowhere" not in path}
    for path, what in content.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, str):
            place.symlink_to(what)
        else:
            place.write_bytes(what)
    ldconfig = [str(LDCONFIG), "-X", "-f", str(tmp_path / "etc/real.conf"), "-C", str(tmp_path / "real.cache")]
    # Without a chroot, for which one has to be root: the same directories, below another root.
    directories = [f"{tmp_path}{directory}" for directory in configured_directories(tree(content))]
    directories.append(f"{tmp_path}/lib")
    (tmp_path / "etc/real.conf").write_text("\n".join(directories))
    subprocess.run(ldconfig, capture_output=True, check=True)
    root = str(tmp_path)
    real = [entry for entry in ldcache.read((tmp_path / "real.cache").read_bytes()) if entry.path.startswith(root)]
    ours = ldcache.read(ldcache.write(libraries(tree(content), "amd64")))
    assert [(e.name, e.path[len(root) :], e.flags, e.hwcaps) for e in real] == [
        (e.name, e.path, e.flags, e.hwcaps) for e in ours
    ]
