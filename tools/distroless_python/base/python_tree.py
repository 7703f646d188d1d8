"""A CPython that was built to be moved: which of its files go into an image, and where. A pure decision.

Such a tree is what python-build-standalone calls `install_only`, and what `make install` leaves below its prefix:
`bin/python3.X`, `lib/python3.X` and, where the interpreter is a shared library, `lib/libpython3.X.so.1.0`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

PREFIX = "usr/local"
"""Where a tree is laid: not Debian's /usr, whose Python looks for packages elsewhere."""

LOADER_FILES = {
    "etc/ld.so.conf": b"include /etc/ld.so.conf.d/*.conf\n",
    "etc/ld.so.conf.d/python.conf": f"/{PREFIX}/lib\n".encode(),
}
"""What has the loader find libpython; the first is libc-bin's, which not every base has."""

_EXECUTABLE = re.compile(r"(?P<root>(?:.*/)?)bin/python(?P<version>3\.\d+)")
_VERSION = re.compile(r'#\s*define\s+PY_VERSION\s+"([^"]+)"')

# Below lib/python3.X: what nobody starts in an image, and what needs a compiler, a display or pip.
_LEFT_OUT = re.compile(
    r"(?:ensurepip|idlelib|tkinter|turtledemo|site-packages|dist-packages|config-[^/]+)/.*"
    r"|(?:.*/)?(?:test|tests|__pycache__)/.*"
    r"|turtle\.py|EXTERNALLY-MANAGED"
    r"|lib-dynload/(?:_tkinter|_test[^/]*|_ctypes_test|_xx[^/]*|xx[^/]*)\.[^/]*"
    r"|.*\.(?:a|exe|pyc)"
)
# Below lib: what programs are linked with; `libX.so` is for compilers.
_LIBRARY = re.compile(r"lib(?!t(?:cl|k)\d)[^/]*\.so\.[^/]*")


@dataclass(frozen=True)
class TreeEntry:
    """One file or symbolic link of a tree.

    Attributes:
        path: in the tree, no leading slash.
        executable: whether anybody may execute it.
        target: of a symbolic link; empty for a file.
    """

    path: str
    executable: bool = False
    target: str = ""


@dataclass(frozen=True)
class PythonTree:
    """A tree's Python.

    Attributes:
        root: what stands before `bin/` and `lib/`, empty or with a slash at its end.
        version: `3.14`.
    """

    root: str
    version: str

    @property
    def header(self) -> str:
        """The path in the tree of the C header that says the patch version."""
        return f"{self.root}include/python{self.version}/patchlevel.h"


def find_trees(paths: Iterable[str]) -> list[PythonTree]:
    """The Pythons in a tree, those with a standard library."""
    known = set(paths)
    found = (_EXECUTABLE.fullmatch(path) for path in known)
    trees = [PythonTree(match["root"], match["version"]) for match in found if match]
    return sorted(
        (tree for tree in trees if f"{tree.root}lib/python{tree.version}/os.py" in known),
        key=lambda tree: (tree.root, tree.version),
    )


def select(tree: PythonTree, entries: Iterable[TreeEntry]) -> Iterator[tuple[str, TreeEntry]]:
    """What is laid: paths in the image, and entries of the tree."""
    kept = {entry.path: entry for entry in entries if _is_kept(tree, entry.path)}
    for path, entry in sorted(kept.items()):
        if not entry.target or _stays(path, entry.target, kept):
            yield f"{PREFIX}/{path[len(tree.root) :]}", entry


def links(version: str) -> Iterator[tuple[str, str]]:
    """Names that the interpreter has besides its own, and their targets: Debian's too, which people write."""
    for name in ("python", "python3"):
        yield f"{PREFIX}/bin/{name}", f"python{version}"
    yield f"usr/bin/python{version}", f"../local/bin/python{version}"


def patch_version(header: str, version: str) -> str:
    """`3.14.2` of the header's text; the version itself where it does not say."""
    match = _VERSION.search(header)
    return match[1] if match and match[1].startswith(f"{version}.") else version


def _is_kept(tree: PythonTree, path: str) -> bool:
    if path == f"{tree.root}bin/python{tree.version}":
        return True
    library = f"{tree.root}lib/"
    if not path.startswith(library):
        return False
    directory, _, below = path[len(library) :].partition("/")
    if directory == f"python{tree.version}":
        return bool(below) and not _LEFT_OUT.fullmatch(below)
    return not below and bool(_LIBRARY.fullmatch(directory))


def _stays(path: str, target: str, kept: Mapping[str, TreeEntry]) -> bool:
    """Whether a link leads to something that is laid."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) in kept
