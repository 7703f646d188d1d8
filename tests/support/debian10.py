"""A stand-in for `gcr.io/distroless/python3-debian10`: its layout, config and libraries' versions; nothing that runs.

As that image was: Docker's media types, /bin and /lib as directories of their own, dash, no ld.so.cache, root.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from distroless_python.formats.oci import Layout
from support.debs import files
from support.elfs import elf
from support.layouts import PASSWD, tar, write_layout

LOADER = "/lib64/ld-linux-x86-64.so.2"
LIB, USR_LIB = "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"

_LIBRARIES = {
    "base": {
        **{name: f"{LIB}/{name}-2.28.so" for name in ("libdl", "libm", "libpthread", "librt", "libutil")},
        "libssl": f"{USR_LIB}/libssl.so.1.1",
        "libcrypto": f"{USR_LIB}/libcrypto.so.1.1",
    },
    "cc": {
        "libstdc++": f"{USR_LIB}/libstdc++.so.6.0.25",
        "libgcc_s": f"{LIB}/libgcc_s.so.1",
        "libgomp": f"{USR_LIB}/libgomp.so.1.0.0",
    },
    "python": {
        "libz": f"{LIB}/libz.so.1.2.11",
        "libbz2": f"{LIB}/libbz2.so.1.0.4",
        "liblzma": f"{LIB}/liblzma.so.5.2.4",
        "libexpat": f"{LIB}/libexpat.so.1.6.8",
        "libffi": f"{USR_LIB}/libffi.so.6.0.4",
        "libmpdec": f"{USR_LIB}/libmpdec.so.2.4.2",
    },
}
_SONAMES = {
    **dict.fromkeys(("libbz2",), "so.1.0"),
    **dict.fromkeys(("libm", "libstdc++", "libffi"), "so.6"),
    **dict.fromkeys(("libdl", "libmpdec"), "so.2"),
    **dict.fromkeys(("libssl", "libcrypto"), "so.1.1"),
    "libpthread": "so.0",
    "liblzma": "so.5",
}
_GLIBC = ("GLIBC_2.2.5", "GLIBC_2.3.2", "GLIBC_2.3.3", "GLIBC_2.3.4", *(f"GLIBC_2.{minor}" for minor in range(3, 29)))
_VERSIONS = {
    "libstdc++": (
        "GLIBCXX_3.4",
        *(f"GLIBCXX_3.4.{patch}" for patch in range(1, 26)),
        "CXXABI_1.3",
        *(f"CXXABI_1.3.{patch}" for patch in range(1, 12)),
    ),
    "libgcc_s": ("GCC_3.0", "GCC_3.3", "GCC_3.4", "GCC_4.2.0", "GCC_4.3.0"),
    "libz": ("ZLIB_1.2.0", "ZLIB_1.2.2", "ZLIB_1.2.3.4", "ZLIB_1.2.5.1", "ZLIB_1.2.9"),
}
_PYTHON = "usr/lib/python3.7"
# This machine's modules, those that it no longer has, and not those that are packages below.
_MODULES = {*sys.stdlib_module_names, "cgi", "imp", "asyncore"} - {"json", "distutils"}
_STDLIB: dict[str, bytes | str] = {f"{_PYTHON}/{name}.py": b"" for name in _MODULES}
_FILES: dict[str, dict[str, bytes | str]] = {
    "static": {
        "tmp/": b"",
        "etc/os-release": "/usr/lib/os-release",
        "usr/lib/os-release": b'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="10"\n'
        b'VERSION="Debian GNU/Linux 10 (buster)"\n',
        "etc/passwd": PASSWD,
        "etc/ssl/certs/ca-certificates.crt": b"-----BEGIN CERTIFICATE-----\n",
    },
    "base": {
        f"{LIB}/ld-2.28.so": elf("ld-linux-x86-64.so.2", defines=("GLIBC_2.2.5", "GLIBC_2.3", "GLIBC_2.4")),
        LOADER[1:]: f"/{LIB}/ld-2.28.so",
        f"{LIB}/ld-linux-x86-64.so.2": "ld-2.28.so",
        f"{LIB}/libc-2.28.so": elf("libc.so.6", needed=("ld-linux-x86-64.so.2",), defines=_GLIBC)
        + b"GNU C Library (Debian GLIBC 2.28-10+deb10u2) stable release version 2.28.\n",
        f"{LIB}/libc.so.6": "libc-2.28.so",
    },
    "cc": {},
    "python": {
        "bin/dash": elf(needed=("libc.so.6",), interpreter=LOADER),
        "bin/sh": "dash",
        "usr/bin/python3.7": elf(needed=("libc.so.6", "libz.so.1"), interpreter=LOADER),
        "usr/bin/python3": "python3.7",
        "usr/bin/python": "/usr/bin/python3.7",
        **_STDLIB,
        f"{_PYTHON}/site.py": b"suffixes = ['local/lib', 'dist-packages']\n",
        f"{_PYTHON}/json/__init__.py": b"",
        f"{_PYTHON}/distutils/__init__.py": b"",
        f"{_PYTHON}/lib-dynload/_ctypes.cpython-37m-x86_64-linux-gnu.so": elf(needed=("libffi.so.6",)),
        "usr/lib/python3/dist-packages/lsb_release.py": b"",
    },
}
_PACKAGES = {
    "static": {"base-files": "10.3+deb10u13", "ca-certificates": "20200601~deb10u2"},
    "base": {"libc6": "2.28-10+deb10u2", "libssl1.1": "1.1.1n-0+deb10u6"},
    "cc": {"libstdc++6": "8.3.0-6", "libgcc1": "1:8.3.0-6", "libgomp1": "8.3.0-6"},
    "python": {"dash": "0.5.10.2-5", "python3.7-minimal": "3.7.3-2+deb10u7", "zlib1g": "1:1.2.11.dfsg-1+deb10u2"},
}
_CONFIG = {
    "Entrypoint": ["/usr/bin/python3.7"],
    "Env": [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
        "LANG=C.UTF-8",
    ],
    "User": "0",
    "WorkingDir": "/",
}


def write(directory: Path) -> Layout:
    """Writes the base."""
    layers = [tar(files({**_FILES[group], **dict(_libraries(group)), **dict(_status(group))})) for group in _FILES]
    return write_layout(directory, layers, _CONFIG, docker=True)


def _libraries(group: str) -> Iterator[tuple[str, bytes | str]]:
    for name, path in _LIBRARIES.get(group, {}).items():
        soname = f"{name}.{_SONAMES.get(name, 'so.1')}"
        defines: Iterable[str] = _GLIBC if path.endswith("-2.28.so") else _VERSIONS.get(name, ())
        yield path, elf(soname, needed=("libc.so.6",), defines=tuple(defines))
        folder, _, file = path.rpartition("/")
        if soname != file:
            yield f"{folder}/{soname}", file


def _status(group: str) -> Iterator[tuple[str, bytes]]:
    for name, version in _PACKAGES[group].items():
        text = f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
        yield f"var/lib/dpkg/status.d/{name}", text.encode()
