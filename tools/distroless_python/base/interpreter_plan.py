"""What of a base is needed to run its Python on the machine that builds: a pure decision.

The program, its loader, the libraries that they and the standard library need, and the standard library. Nothing of
it is a link, so the directory may be copied anywhere. The standard library's sources go into the archive
`lib/python3X.zip`, which Python looks into by itself: one file instead of hundreds that every action would stage.

Compiling takes a third of that: the program, its libraries, and what of the standard library a source may ask for.
Every change of a program needs it, so it is a directory of its own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from distroless_python.base.file_tree import FILE, FileTree
from distroless_python.base.find_python import FoundPython
from distroless_python.base.inspect import SeenFile

_LEFT_OUT = re.compile(
    r"(?:__pycache__|test|tests|idlelib|turtledemo|tkinter|site-packages|dist-packages|ensurepip|config-[^/]+)(?:/.*)?"
    r"|(?:lib2to3|distutils|unittest|ctypes|sqlite3)/tests?/.*"
    r"|sitecustomize\.py|.*\.(?:pyc|a|exe)"
)
# What libraries load by name: the resolver, and the unwinder that ends threads.
_LOADED_BY_NAME = ("libgcc_s.so.1", "libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2")
COMPILE = """\
import __future__, importlib.util, marshal, os, sys, warnings
try:
    import resource
except ImportError:
    pass
archive = sys.argv[1] + "/"
for module in list(sys.modules.values()):
    path = getattr(module, "__file__", None) or ""
    if path.startswith(archive) and hasattr(module.__loader__, "get_data"):  # others are frozen
        source, name = module.__loader__.get_data(path), path[len(archive):]
        code = marshal.dumps(compile(source, name, "exec", dont_inherit=True))
        header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + importlib.util.source_hash(source)
        print(name + "c", (header + code).hex())
"""
"""A program that prints the .pyc of each module that it has imported from an archive: its name there and hex digits.
It imports what `layer/compile_worker.py` does.

Compiling all of the library would take longer than all that the interpreter is used for.
"""

COMPILES = re.compile(r"encodings/.+|lib-dynload/(?:resource|unicodedata|_multibytecodec|_codecs_\w+)\..+|os\.py")
"""What of the standard library a source may ask for, besides what a start imports: encodings, names of characters."""

_DYNLOAD = "lib-dynload/"
_LANDMARK = "os.py"  # Python finds its prefix by it, up to 3.10 even where there is an archive


@dataclass(frozen=True)
class InterpreterPlan:
    """What to take, from where in the image to where in the directory; paths have no leading slash.

    Attributes:
        files: target to source.
        archive: the path of the standard library's archive.
        archived: name in the archive to source.
        argv: as in `interpreter.json`.
        home: likewise.
        compiles: those targets that compiling takes.
    """

    files: Mapping[str, str]
    archive: str
    archived: Mapping[str, str]
    argv: tuple[str, ...]
    home: str
    compiles: frozenset[str]

    @property
    def sources(self) -> frozenset[str]:
        return frozenset((*self.files.values(), *self.archived.values()))


def plan(tree: FileTree, python: FoundPython, library_path: Iterable[str]) -> InterpreterPlan:
    """Decides what to take of an image with Python.

    Args:
        tree: the image's files, looked at with `inspect.look`.
        python: its Python.
        library_path: absolute directories where its loader finds libraries.
    """
    executable, stdlib = python.target.executable.lstrip("/"), python.stdlib.lstrip("/")
    home = posixpath.dirname(posixpath.dirname(executable))
    files = {executable: tree.real(executable) or executable}
    compiles = {executable}
    archived: dict[str, str] = {}
    for path in _below(tree, stdlib):
        name = path[len(stdlib) + 1 :]
        if name.startswith(_DYNLOAD) or name == _LANDMARK:
            files[path] = path
            compiles |= {path} if COMPILES.fullmatch(name) else set()
        if not name.startswith(_DYNLOAD) and not _LEFT_OUT.fullmatch(name):
            archived[name] = path
    directories = [directory.lstrip("/") for directory in library_path]
    needed = _libraries(tree, directories, [files[path] for path in sorted(compiles)])
    files.update(needed, **_libraries(tree, directories, files.values(), _LOADED_BY_NAME))
    compiles |= needed.keys()
    argv: tuple[str, ...] = (executable,)
    if python.loader:
        loader = python.loader.lstrip("/")
        files[loader] = tree.real(loader) or loader
        compiles.add(loader)
        used = [directory for directory in directories if any(posixpath.dirname(file) == directory for file in files)]
        argv = (loader, "--library-path", ":".join(used), executable)
    archive = f"{home}/lib/python{python.target.version.replace('.', '')}.zip"
    return InterpreterPlan(files, archive, archived, argv, home, frozenset(compiles))


def _below(tree: FileTree, directory: str) -> list[str]:
    """The files, links left out, at any depth below a directory."""
    return [path for path, node in tree.walk() if path.startswith(f"{directory}/") and node.type == FILE]


def _libraries(
    tree: FileTree, directories: Sequence[str], programs: Iterable[str], names: Iterable[str] = ()
) -> dict[str, str]:
    """The libraries that programs need, and `names`, and those need in turn: under the name that is asked for."""
    files: dict[str, str] = {}
    wanted = [*names, *(name for program in programs for name in _needed(tree, program))]
    seen = set()
    for name in wanted:  # grows while it is walked
        if name in seen:
            continue
        seen.add(name)
        for directory in directories:
            source = tree.real(f"{directory}/{name}")
            if source:
                files[f"{directory}/{name}"] = source
                wanted.extend(_needed(tree, source))
                break
    return files


def _needed(tree: FileTree, path: str) -> tuple[str, ...]:
    node = tree.find(path)
    return node.seen.elf.needed if node and isinstance(node.seen, SeenFile) and node.seen.elf else ()
