"""What a base is like, from its files: a pure decision."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from distroless_python.base.file_tree import DIRECTORY, FILE, FileTree
from distroless_python.base.find_python import find_python
from distroless_python.base.inspect import LD_SO_CACHE, SeenFile, text
from distroless_python.base.ldconfig import default_directories
from distroless_python.documents.base_profile import BaseLayer, BasePackage, BaseProfile, Release
from distroless_python.documents.layer_contents import FileFacts, LayerContents
from distroless_python.errors import Problem, ToolError
from distroless_python.formats import ld_cache
from distroless_python.formats.deb822 import paragraphs
from distroless_python.formats.elf import ElfFacts
from distroless_python.formats.ld_cache import BadCache
from distroless_python.manifests.base import DescribedBase

_STATUS = "var/lib/dpkg/status"


def describe(
    tree: FileTree,
    config: Mapping[str, Any],
    manifest: str,
    layers: tuple[BaseLayer, ...],
    subject: str,
    end_of_life: str = "",
) -> BaseProfile:
    """The profile of a base.

    Args:
        tree: its files, looked at with `inspect.look`.
        config: its image config.
        manifest: the digest of its manifest.
        layers: its layers, lowest first.
        subject: its label, for messages.
        end_of_life: the last day with updates, YYYY-MM-DD; empty if unknown.

    Raises:
        ToolError: there is no Python in it.
    """
    architecture = str(config.get("architecture", ""))
    python = find_python(tree, config)
    if python is None:
        reason = "there is no Python in it: no /usr/bin/python3.X or /usr/local/bin/python3.X with its standard library"
        raise ToolError(Problem(subject, reason, "use a base that has one, such as distroless' python3"))
    directories = library_path(tree, architecture)
    return BaseProfile(
        architecture=architecture,
        os=str(config.get("os") or "linux"),
        variant=str(config.get("variant") or ""),
        python=python.target,
        stdlib=python.stdlib,
        abi=python.abi,
        glibc=_glibc(tree, directories),
        loader=python.loader,
        release=_release(tree),
        end_of_life=end_of_life,
        manifest=manifest,
        layers=layers,
        config=dict(config),
        library_path=directories,
        packages=tuple(_packages(tree)),
    )


def contents(tree: FileTree) -> LayerContents:
    """What is in a base's files."""
    return LayerContents(files=tuple(_files(tree)), elf=tuple(_elf(tree)), texts=dict(_texts(tree)))


def write(described: DescribedBase, profile: BaseProfile, tree: FileTree) -> None:
    """Writes the documents about a base."""
    profile.write(described.profile)
    profile.python.write(described.python)
    contents(tree).write(described.contents)


def library_path(tree: FileTree, architecture: str) -> tuple[str, ...]:
    """Directories where the loader finds libraries: of the cache's entries, then its own. Absolute, without links."""
    node = tree.find(LD_SO_CACHE)
    cache = node.seen.text if node and isinstance(node.seen, SeenFile) else None
    cached = []
    if cache:
        try:
            cached = [library.path.rpartition("/")[0] for library in ld_cache.read(cache) if not library.hwcaps]
        except BadCache:
            cached = []  # the loader ignores it, too
    directories = (*cached, *default_directories(architecture))
    return tuple(dict.fromkeys(f"/{tree.real(directory) or directory.strip('/')}" for directory in directories))


def _glibc(tree: FileTree, directories: tuple[str, ...]) -> str:
    """The version of glibc, `2.41`; empty for another libc."""
    for directory in directories:
        node = tree.find(f"{directory}/libc.so.6")
        if node and isinstance(node.seen, SeenFile) and node.seen.glibc:
            return node.seen.glibc
    return ""


def _release(tree: FileTree) -> Release:
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
    return Release(values.get("ID", ""), values.get("VERSION_ID", ""), codename)


def _elf(tree: FileTree) -> Iterator[ElfFacts]:
    for path, node in tree.walk():
        if node.type == FILE and isinstance(node.seen, SeenFile) and node.seen.elf:
            yield dataclasses.replace(node.seen.elf, path=path)


def _texts(tree: FileTree) -> Iterator[tuple[str, str]]:
    """What says where libraries and modules are; what dpkg says is in the profile."""
    for path, node in tree.walk():
        seen = node.seen if isinstance(node.seen, SeenFile) else None
        if seen and seen.text and path != LD_SO_CACHE and not path.startswith(_STATUS):
            yield path, seen.text.decode("utf-8", "replace")


def _files(tree: FileTree) -> Iterator[FileFacts]:
    for path, node in tree.walk():
        if node.type != DIRECTORY:
            yield FileFacts(path, node.type, node.mode, node.size, target=node.target)


def _packages(tree: FileTree) -> Iterator[BasePackage]:
    """Debian packages: of distroless' status.d, else of dpkg."""
    names = [name for name in tree.names(f"{_STATUS}.d") if not name.endswith(".md5sums")]
    sources = [*(text(tree, f"{_STATUS}.d/{name}") for name in names), text(tree, _STATUS)]
    found = [fields for source in sources for fields in paragraphs(source)]
    for fields in sorted(found, key=lambda fields: fields.get("Package", "")):
        if "Package" in fields and "not-installed" not in fields.get("Status", ""):
            yield BasePackage(fields["Package"], fields.get("Version", ""), fields.get("Architecture", ""))
