"""What a base has besides its packages: links of the root, users, and what packages' scripts would make."""

from __future__ import annotations

from distroless_python.base.deb_layer import CERTIFICATES
from distroless_python.base.file_tree import LINK, FileTree, Node
from distroless_python.base.inspect import LD_SO_CACHE
from distroless_python.base.selection import MERGED
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import BaseManifest

ROOT, NONROOT, NOBODY = 0, 65532, 65534

_USERS = (("root", ROOT, "/root"), ("nobody", NOBODY, "/nonexistent"), ("nonroot", NONROOT, "/home/nonroot"))
_GROUPS = (("root", ROOT), ("nobody", NOBODY), ("tty", 5), ("staff", 50), ("nonroot", NONROOT))
_NSSWITCH = """\
passwd:         files
group:          files
shadow:         files
gshadow:        files

hosts:          files dns
networks:       files

protocols:      files
services:       files
ethers:         files
rpc:            files
"""
_CERT_PEM = "usr/lib/ssl/cert.pem"


def lowest(tree: FileTree) -> LayerWriter:
    """The layer below the packages' (`tree` is the packages'): the links of merged /usr."""
    writer = LayerWriter()
    for name in MERGED:
        if tree.find(f"usr/{name}"):
            writer.add_link(name, f"usr/{name}")
    return writer


def highest(tree: FileTree, request: BaseManifest, cache: bytes) -> LayerWriter:
    """The layer above the packages': users and their directories, os-release, links, and the loader's cache.

    Args:
        tree: the packages' files, the lowest layer's links among them.
        request: says which release and which Python.
        cache: the loader's cache.
    """
    writer = LayerWriter()
    _add_users(writer)
    writer.add_directory("tmp", 0o1777)
    writer.add_file("etc/nsswitch.conf", 0o644, _NSSWITCH.encode())
    for name in ("python", "python3"):
        writer.add_link(f"usr/bin/{name}", f"python{request.python}")
    writer.add_file("usr/lib/os-release", 0o644, _os_release(request).encode())
    if tree.find("etc/os-release", follow=False) is None:
        writer.add_link("etc/os-release", "../usr/lib/os-release")
    if tree.find(CERTIFICATES) and tree.find(_CERT_PEM, follow=False) is None:
        # OpenSSL's default file, for programs that run without the image's SSL_CERT_FILE.
        writer.add_link(_CERT_PEM, f"/{CERTIFICATES}")
    writer.add_file(LD_SO_CACHE, 0o644, cache)
    return writer


def merge_usr(tree: FileTree) -> None:
    """Gives a tree of packages the links that `lowest` makes."""
    for name in MERGED:
        if tree.find(f"usr/{name}"):
            tree.add(name, Node(LINK, 0o777, target=f"usr/{name}"))


def _add_users(writer: LayerWriter) -> None:
    passwd = (f"{name}:x:{number}:{number}:{name}:{home}:/sbin/nologin\n" for name, number, home in _USERS)
    writer.add_file("etc/passwd", 0o644, "".join(passwd).encode())
    writer.add_file("etc/group", 0o644, "".join(f"{name}:x:{number}:\n" for name, number in _GROUPS).encode())
    writer.add_directory("root", 0o700)
    writer.add_directory("home/nonroot", 0o700, NONROOT, NONROOT)


def _os_release(request: BaseManifest) -> str:
    """As distroless has it, and the codename, which scanners read."""
    values = {
        "PRETTY_NAME": "Distroless",
        "NAME": "Debian GNU/Linux",
        "ID": "debian",
        "VERSION_ID": request.version_id,
        "VERSION": f"Debian GNU/Linux {request.version_id} ({request.codename})",
        "VERSION_CODENAME": request.codename,
    }
    return "".join(f'{key}="{value}"\n' for key, value in values.items())
