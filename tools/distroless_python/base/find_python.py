"""Finding Python in an image: which version, where, and where it looks for installed packages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from distroless_python.base.file_tree import FILE, FileTree
from distroless_python.base.inspect import SeenFile, text
from distroless_python.documents.python_target import PythonTarget

_EXECUTABLE = re.compile(r"python(3\.\d+)")
_DIRECTORIES = ("usr/local/bin", "usr/bin")  # in the order of PATH


@dataclass(frozen=True)
class FoundPython:
    """A Python.

    Attributes:
        target: what layers have to know of it.
        stdlib: absolute path of the standard library.
        abi: `cp313`, as in the tags of wheels.
        loader: the program's ELF interpreter; empty for a static one.
    """

    target: PythonTarget
    stdlib: str
    abi: str
    loader: str


def find_python(tree: FileTree, config: Mapping[str, Any]) -> Optional[FoundPython]:
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

    def worth(python: FoundPython) -> tuple[bool, tuple[int, ...]]:
        return tree.real(python.target.executable) == started, _key(python.target.version)

    return max(found, key=worth, default=None)


def _describe(tree: FileTree, directory: str, version: str) -> Optional[FoundPython]:
    executable = f"{directory}/python{version}"
    node = tree.find(executable)
    prefix = directory.rpartition("/")[0]
    stdlib = f"{prefix}/lib/python{version}"
    if node is None or node.type != FILE or tree.find(f"{stdlib}/os.py") is None:
        return None
    elf = node.seen.elf if isinstance(node.seen, SeenFile) else None
    digits = version.replace(".", "")
    # Debian's Python in /usr installs below /usr/local, any other below its own prefix.
    is_debians = prefix == "usr" and "dist-packages" in text(tree, f"{stdlib}/site.py")
    installed = "usr/local" if is_debians else prefix
    packages = "dist-packages" if is_debians else "site-packages"
    return FoundPython(
        PythonTarget(
            version=version,
            executable=f"/{executable}",
            dist_packages=f"/{installed}/lib/python{version}/{packages}",
            cache_tag=f"cpython-{digits}",
            prefix=f"/{installed}",
        ),
        stdlib=f"/{stdlib}",
        abi=f"cp{digits}" + "m" * (_key(version) < (3, 8)),  # PEP 3149's flag, gone with 3.8
        loader=elf.interpreter if elf else "",
    )


def _started(tree: FileTree, config: Mapping[str, Any]) -> Optional[str]:
    """The file that the image starts, links followed."""
    command: Sequence[str] = [*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]
    if not command:
        return None
    places = [command[0]] if "/" in command[0] else [f"{directory}/{command[0]}" for directory in _DIRECTORIES]
    return next(filter(None, map(tree.real, places)), None)


def _key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
