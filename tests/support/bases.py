"""A base image synthesised for tests, by the actions that make real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from distroless_python.actions import base as main_base
from distroless_python.actions import deb_layer as main_deb_layer
from distroless_python.actions import profile as main_profile
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.formats.oci import Layout
from support.debs import deb, files
from support.elfs import elf

LOADER = "/lib64/ld-linux-x86-64.so.2"
MULTIARCH = "lib/x86_64-linux-gnu"
BANNER = b"GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\n"
# As in debian12: below /lib, without the links of merged /usr.
PACKAGES: dict[str, dict[str, bytes | str]] = {
    "base-files": {
        "tmp/": b"",
        "etc/os-release": "../usr/lib/os-release",
        "usr/lib/os-release": b"ID=debian\n",
        "bin/": b"",
    },
    "ca-certificates": {"usr/share/ca-certificates/a.crt": b"-----A-----\n"},
    "libc6": {
        f"{MULTIARCH}/ld-linux-x86-64.so.2": elf("ld-linux-x86-64.so.2", defines=["GLIBC_2.3"]),
        f"{MULTIARCH}/libc.so.6": elf("libc.so.6", needed=["ld-linux-x86-64.so.2"], defines=["GLIBC_2.41"]) + BANNER,
        "lib64/ld-linux-x86-64.so.2": f"/{MULTIARCH}/ld-linux-x86-64.so.2",
        "etc/ld.so.conf.d/x86_64-linux-gnu.conf": b"/usr/local/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu\n",
    },
    "libc-bin": {
        "etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n",
        "etc/ld.so.conf.d/libc.conf": b"/usr/local/lib\n",
    },
    "zlib1g": {
        f"usr/{MULTIARCH}/libz.so.1.3.1": elf("libz.so.1", needed=["libc.so.6"]),
        f"usr/{MULTIARCH}/libz.so.1": "libz.so.1.3.1",
    },
    "python3.11-minimal": {"usr/bin/python3.11": elf(needed=["libc.so.6"], interpreter=LOADER)},
    "libpython3.11-stdlib": {
        "usr/lib/python3.11/os.py": b"name = 'posix'\n",
        "usr/lib/python3.11/site.py": b"'dist-packages'\n",
        "usr/lib/python3.11/json/__init__.py": b"",
        "usr/lib/python3.11/test/test_os.py": b"",
        "usr/lib/python3.11/sitecustomize.py": "/etc/python3.11/sitecustomize.py",
        "usr/lib/python3.11/lib-dynload/zlib.so": elf(needed=["libz.so.1"]),
        "usr/lib/python3.11/config-3.11/libpython3.11.a": b"!<arch>\n",
    },
}
VERSIONS = {"python3.11-minimal": "3.11.2-6+deb12u6"}


_ENDS = {"layer": "layer.tar.gz", "facts": "layer.json", "contents": "contents.json"}


def described(directory: Path) -> dict[str, str]:
    """Where the documents about a base are written."""
    return {key: str(directory / f"{key}.json") for key in ("profile", "contents", "python")}


def describe_layout(directory: Path, layout: Layout, **more: Any) -> BaseProfile:
    """Runs `profile` on a layout; its documents are in `directory`."""
    request = {"layout": str(layout.path), "described": described(directory), "architecture": "amd64"}
    (directory / "manifest").write_text(json.dumps({**request, "label": "//:base", **more}))
    assert main_profile.main([str(directory / "manifest")]) == 0
    return BaseProfile.read(directory / "profile.json")


def layer_files(directory: Path, name: str) -> dict[str, str]:
    """What the layer of a package and what is known of it are called."""
    return {key: str(directory / f"{name}.{end}") for key, end in _ENDS.items()}


def lay_deb(directory: Path, name: str, version: str, content: dict[str, bytes | str]) -> dict[str, str]:
    """Makes a package with files (bytes) and links (text), and its layer."""
    (directory / f"{name}.deb").write_bytes(deb(name, version, files(content)))
    layer = layer_files(directory, name)
    about = {"deb": str(directory / f"{name}.deb"), "label": f"@@x//:{name}", "name": name, "version": version}
    request = {**about, "output": layer, "sha256": None}
    (directory / "manifest").write_text(json.dumps(request))
    assert main_deb_layer.main([str(directory / "manifest")]) == 0
    return layer


def base_manifest(directory: Path, packages: dict[str, dict[str, bytes | str]] = PACKAGES, **more: Any) -> Path:
    """Makes the packages' layers and the manifest of `base`."""
    directory.mkdir(exist_ok=True)
    lines: list[dict[str, Any]] = []
    for name, content in packages.items():
        lines.append({"layers": [lay_deb(directory, name, VERSIONS.get(name, "1.0-1"), content)]})
    about = {
        "version_id": "12",
        "codename": "bookworm",
        "end_of_life": "2028-06-30",
        "debug": None,
        "python": "3.11",
        "architecture": "amd64",
    }
    lines.append(
        {"output": str(directory / "layout"), "described": described(directory), "label": "@@x//:base", **about, **more}
    )
    (directory / "manifest").write_text("\n".join(json.dumps(line) for line in lines))
    return directory / "manifest"


def build(directory: Path, packages: dict[str, dict[str, bytes | str]] = PACKAGES, **more: Any) -> Layout:
    assert main_base.main([str(base_manifest(directory, packages, **more))]) == 0
    return Layout(directory / "layout")
