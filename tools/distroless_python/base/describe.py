"""What a base is like (`profile.json`), from its files: a pure decision. The format is in docs/architecture.md."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from typing import Any, Optional

from distroless_python.base.file_tree import DIRECTORY, FILE, Tree
from distroless_python.base.find_python import Python, find_python
from distroless_python.base.image_reader import Image
from distroless_python.base.inspect import Content, text
from distroless_python.base.ldconfig import default_directories
from distroless_python.errors import Problem, ToolError
from distroless_python.formats import ld_cache as ldcache
from distroless_python.formats.deb822 import paragraphs

FORMAT = 1

_STATUS = "var/lib/dpkg/status"


def describe(tree: Tree, image: Image, subject: str, *, needs_python: bool) -> dict[str, Any]:
    """The content of `profile.json`.

    Args:
        tree: the image's files, looked at with `content.look`.
        image: what the layout says of it.
        subject: the base's label, for messages.
        needs_python: whether a base without Python is an error.

    Raises:
        ToolError: there is no Python in it.
    """
    config: dict[str, Any] = image.config
    architecture = config.get("architecture", "")
    python = find_python(tree, config)
    if python is None and needs_python:
        reason = "there is no Python in it: no /usr/bin/python3.X or /usr/local/bin/python3.X with its standard library"
        raise ToolError(Problem(subject, reason, "use a base that has one, such as distroless' python3"))
    directories = library_path(tree, architecture)
    return {
        "format": FORMAT,
        "architecture": architecture,
        "os": config.get("os", "linux"),
        "variant": config.get("variant", ""),
        "python": _python(python) if python else None,
        "glibc": _glibc(tree, directories),
        "loader": python.loader if python else "",
        "release": _release(tree),
        "manifest": image.manifest.json(),
        "layers": [{**layer.json(), "diff_id": diff_id} for layer, diff_id in image.layers],
        "config": config,
        "library_path": directories,
        "elf": list(_elf(tree)),
        "files": list(_files(tree)),
        "packages": list(_packages(tree)),
    }


def library_path(tree: Tree, architecture: str) -> list[str]:
    """Directories where the loader finds libraries: of the cache's entries, then its own. Absolute, without links."""
    node = tree.find("etc/ld.so.cache")
    cache = node.seen.text if node and isinstance(node.seen, Content) else None
    cached = []
    if cache:
        try:
            cached = [library.path.rpartition("/")[0] for library in ldcache.read(cache) if not library.hwcaps]
        except ldcache.BadCache:
            cached = []  # the loader ignores it, too
    directories = (*cached, *default_directories(architecture))
    return list(dict.fromkeys(f"/{tree.real(directory) or directory.strip('/')}" for directory in directories))


def _python(python: Python) -> dict[str, str]:
    return {key: value for key, value in dataclasses.asdict(python).items() if key != "loader"}


def _glibc(tree: Tree, directories: list[str]) -> str:
    """The version of glibc, `2.41`; empty for another libc."""
    for directory in directories:
        node = tree.find(f"{directory}/libc.so.6")
        if node and isinstance(node.seen, Content) and node.seen.glibc:
            return node.seen.glibc
    return ""


def _release(tree: Tree) -> dict[str, str]:
    """What os-release(5) says of the distribution."""
    values: dict[str, str] = {}
    for line in (text(tree, "etc/os-release") or text(tree, "usr/lib/os-release")).splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            try:
                values[name] = " ".join(shlex.split(value))
            except ValueError:  # an open quote
                values[name] = value
    in_version = re.search(r"\((\w+)\)", values.get("VERSION", ""))  # distroless says it there only
    codename = values.get("VERSION_CODENAME") or (in_version[1] if in_version else "")
    return {"id": values.get("ID", ""), "version_id": values.get("VERSION_ID", ""), "codename": codename}


def _elf(tree: Tree) -> Iterator[dict[str, Any]]:
    for path, node in tree.walk():
        if node.type == FILE and isinstance(node.seen, Content) and node.seen.elf:
            yield dataclasses.replace(node.seen.elf, path=path).to_json()


def _files(tree: Tree) -> Iterator[dict[str, Any]]:
    for path, node in tree.walk():
        if node.type != DIRECTORY:
            entry = {"path": path, "type": node.type, "mode": node.mode, "size": node.size, "target": node.target}
            yield {key: value for key, value in entry.items() if value or key in ("mode", "size")}


def _packages(tree: Tree) -> Iterator[dict[str, str]]:
    """Debian packages: of distroless' status.d, else of dpkg."""
    names = [name for name in tree.names(f"{_STATUS}.d") if not name.endswith(".md5sums")]
    sources: list[Optional[str]] = [text(tree, f"{_STATUS}.d/{name}") for name in names]
    found = [fields for source in (*sources, text(tree, _STATUS)) for fields in paragraphs(source or "")]
    for fields in sorted(found, key=lambda fields: fields.get("Package", "")):
        if "Package" in fields and "not-installed" not in fields.get("Status", ""):
            yield {
                "name": fields["Package"],
                "version": fields.get("Version", ""),
                "architecture": fields.get("Architecture", ""),
            }
