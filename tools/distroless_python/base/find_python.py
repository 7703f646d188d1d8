"""Finding Python in an image: which version, where, and where it looks for installed packages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from distroless_python.base.file_tree import FILE, Tree
from distroless_python.base.inspect import Content, text

_EXECUTABLE = re.compile(r"python(3\.\d+)")
_DIRECTORIES = ("usr/local/bin", "usr/bin")  # in the order of PATH


@dataclass(frozen=True)
class Python:
    """A Python; paths are absolute.

    Attributes:
        version: `3.13`.
        executable: the program.
        dist_packages: where packages are installed that are not the distribution's.
        stdlib: the standard library.
        cache_tag: `cpython-313`, as in the names of .pyc files.
        abi: `cp313`, as in the tags of wheels.
        loader: the program's ELF interpreter; empty for a static one.
    """

    version: str
    executable: str
    dist_packages: str
    stdlib: str
    cache_tag: str
    abi: str
    loader: str


def find_python(tree: Tree, config: Mapping[str, Any]) -> Optional[Python]:
    """The Python that an image starts, else the newest that it has; None if it has none.

    Args:
        tree: the image's files.
        config: the image's config.
    """
    found = [
        python
        for directory in _DIRECTORIES
        for name in tree.names(directory)
        if (match := _EXECUTABLE.fullmatch(name)) and (python := _describe(tree, directory, match[1]))
    ]
    started = _started(tree, config.get("config") or {})
    return max(found, key=lambda python: (tree.real(python.executable) == started, _key(python.version)), default=None)


def _describe(tree: Tree, directory: str, version: str) -> Optional[Python]:
    executable = f"{directory}/python{version}"
    node = tree.find(executable)
    prefix = directory.rpartition("/")[0]
    stdlib = f"{prefix}/lib/python{version}"
    if node is None or node.type != FILE or tree.find(f"{stdlib}/os.py") is None:
        return None
    elf = node.seen.elf if isinstance(node.seen, Content) else None
    digits = version.replace(".", "")
    return Python(
        version=version,
        executable=f"/{executable}",
        dist_packages=f"/{_site(tree, prefix, stdlib, version)}",
        stdlib=f"/{stdlib}",
        cache_tag=f"cpython-{digits}",
        abi=f"cp{digits}" + "m" * (_key(version) < (3, 8)),  # PEP 3149's flag, gone with 3.8
        loader=elf.interpreter if elf else "",
    )


def _site(tree: Tree, prefix: str, stdlib: str, version: str) -> str:
    """Debian's Python in /usr looks in /usr/local/lib/…/dist-packages, any other in site-packages of its own prefix."""
    if prefix == "usr" and "dist-packages" in text(tree, f"{stdlib}/site.py"):
        return f"usr/local/lib/python{version}/dist-packages"
    return f"{prefix}/lib/python{version}/site-packages"


def _started(tree: Tree, config: Mapping[str, Any]) -> Optional[str]:
    """The file that the image starts, links followed."""
    command: Sequence[str] = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
    if not command:
        return None
    places = [command[0]] if "/" in command[0] else [f"{directory}/{command[0]}" for directory in _DIRECTORIES]
    return next(filter(None, map(tree.real, places)), None)


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
