"""Where an image's Python finds modules: its `sys.path`, searched as importlib's finders search it."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from distroless_python.base.file_tree import DIRECTORY, FILE, LINK, FileTree, Node

PACKAGE, MODULE, NAMESPACE, BUILT_IN = "package", "module", "namespace", "built-in"

_DEBIAN = """
    _abc _ast _bisect _blake2 _codecs _collections _csv _datetime _elementtree _functools _heapq _imp _io _json _locale
    _md5 _opcode _operator _peg_parser _pickle _posixsubprocess _random _sha1 _sha2 _sha256 _sha3 _sha512 _signal
    _socket _sre _stat _statistics _string _struct _suggestions _symtable _sysconfig _thread _tokenize _tracemalloc
    _typing _warnings _weakref array atexit binascii builtins cmath errno faulthandler fcntl gc grp itertools marshal
    math posix pwd pyexpat select spwd sys syslog time unicodedata xxsubtype zipimport zlib
"""
_STATIC = """
    _asyncio _bz2 _contextvars _crypt _ctypes _curses _curses_panel _dbm _decimal _hashlib _hmac _interpchannels
    _interpqueues _interpreters _lsprof _lzma _multibytecodec _multiprocessing _posixshmem _queue _remote_debugging
    _sqlite3 _ssl _types _uuid _zoneinfo _zstd audioop crypt mmap nis ossaudiodev readline resource termios
"""
_FROZEN = "__main__ _frozen_importlib _frozen_importlib_external"
_BUILT_IN = frozenset(f"{_DEBIAN} {_FROZEN}".split())
"""What Debian's Python has in the program itself, in one release or the other: no file shows it."""
_ALL_BUILT_IN = _BUILT_IN | frozenset(_STATIC.split())
"""What a Python without a directory of extension modules has in the program."""


class Module(NamedTuple):
    """A module that an import finds.

    Attributes:
        kind: a `package` with an `__init__`, a `module`, a `namespace` package, or `built-in`.
        paths: its file, without a leading slash; of a namespace package its directories.
    """

    kind: str
    paths: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Its file; empty where it is in no file."""
        return self.paths[0] if self.kind in (PACKAGE, MODULE) else ""

    @property
    def is_source(self) -> bool:
        return self.path.endswith(".py")

    @property
    def directories(self) -> tuple[str, ...]:
        """Where its submodules are; none for what is not a package."""
        if self.kind == PACKAGE:
            return (posixpath.dirname(self.path),)
        return self.paths if self.kind == NAMESPACE else ()


class ModulePath:
    """The directories of `sys.path`, first wins."""

    def __init__(
        self,
        tree: FileTree,
        directories: Iterable[str],
        soabi: str,
        machine: str,
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        """Directories may have a leading slash; `soabi` is `cpython-313`, `machine` `x86_64`."""
        self._tree = tree
        self._aliases = aliases or {}
        self.directories = tuple(dict.fromkeys(posixpath.normpath(path).strip("/") for path in directories))
        self._suffixes = (f".{soabi}-{machine}-linux-gnu.so", ".abi3.so", ".so", ".py", ".pyc")
        dynamic = any(tree.names(f"{path}/lib-dynload") for path in self.directories)
        self._built_in = _BUILT_IN if dynamic else _ALL_BUILT_IN
        self._found: dict[str, Module | None] = {}
        self._nodes: dict[str, Node | None] = {}

    def add(self, directory: str) -> None:
        """Adds a directory, as a module does it that runs."""
        if directory not in self.directories:
            self.directories = (directory, *self.directories)
            self._found = {name: module for name, module in self._found.items() if module}

    def find(self, name: str) -> Module | None:
        """The module of a dotted name; None where there is none, or where what is above it is not a package."""
        if name not in self._found:
            above, _, last = name.rpartition(".")
            if name in self._aliases:
                self._found[name] = self.find(self._aliases[name])
                return self._found[name]
            self._found[name] = self._below(above, last) if above else self.search(name, self.directories)
        return self._found[name]

    def names(self, directory: str) -> set[str]:
        """The names of what may be modules or packages in a directory."""
        return {name.partition(".")[0] for name in self._tree.names(directory)} - {"__pycache__"}

    def _below(self, above: str, last: str) -> Module | None:
        package = self.find(above)
        return self.search(last, package.directories, top=False) if package else None

    def search(self, name: str, directories: Iterable[str], top: bool = True) -> Module | None:
        """The module of a name without dots in some directories."""
        portions = []
        if top and name in ("sys", "builtins"):
            return Module(BUILT_IN)
        for directory in directories:
            if directory not in self._nodes:
                self._nodes[directory] = self._tree.find(directory) if directory else self._tree.root
            node = self._nodes[directory]
            if node is None or node.type != DIRECTORY:
                continue
            found = self._in(node, name)
            if found:
                kind, path = found
                if kind != NAMESPACE:
                    return Module(kind, (posixpath.join(directory, path),))
                portions.append(posixpath.join(directory, path))
        if portions:
            return Module(NAMESPACE, tuple(portions))
        return Module(BUILT_IN) if top and name in self._built_in else None

    def _in(self, directory: Node, name: str) -> tuple[str, str] | None:
        inner = directory.children.get(name)
        is_directory = inner is not None and inner.type == DIRECTORY
        if is_directory and inner:
            for suffix in self._suffixes:
                if f"__init__{suffix}" in inner.children:
                    return PACKAGE, f"{name}/__init__{suffix}"
        for suffix in self._suffixes:
            child = directory.children.get(name + suffix)
            if child is not None and (child.type == FILE or child.type == LINK):
                return MODULE, name + suffix
        return (NAMESPACE, name) if is_directory else None


@functools.lru_cache(1 << 16)
def chain(name: str) -> tuple[str, ...]:
    """A module's name after those of the packages above it: `a`, `a.b`, `a.b.c`."""
    parts = name.split(".")
    return tuple(".".join(parts[:end]) for end in range(1, len(parts) + 1))
