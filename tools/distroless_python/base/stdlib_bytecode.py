"""The bytecode of a base's standard library, which Debian's packages and Docker's images leave out.

Without it every start of a container compiles what it imports of the standard library, since its root is read-only.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Optional

from distroless_python.formats.source import BytesSource
from distroless_python.layer.bytecode import compiling, pyc_path
from distroless_python.layer.file import LayerFile
from distroless_python.python.interpreter import Interpreter


def sources(directory: str) -> dict[str, bytes]:
    """The sources of the standard library in an `interpreter/` directory, by their paths below the library."""
    found = Interpreter.of_base(directory)
    archives = sorted(Path(found.home or directory, "lib").glob("python*.zip"))
    with zipfile.ZipFile(archives[0]) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.endswith(".py")}


def uncompiled(found: dict[str, bytes], stdlib: str, cache_tag: str, listed: Collection[str]) -> dict[str, LayerFile]:
    """The modules of a base that have no bytecode there: the path that it goes to, and the source.

    Args:
        found: as from `sources`.
        stdlib: the library's directory, without a leading slash.
        cache_tag: `cpython-313`.
        listed: the base's files.
    """
    modules = {}
    for name, source in sorted(found.items()):
        path = posixpath.join(stdlib, name)
        compiled = pyc_path(path, cache_tag)
        if path in listed and compiled not in listed:
            modules[compiled] = LayerFile(path, 0o644, BytesSource(source))
    return modules


class Bytecode:
    """Compiles modules; `compiled` says, once all were read, whether the interpreter ran here."""

    def __init__(self, modules: dict[str, LayerFile], interpreter: Optional[Interpreter], version: str) -> None:
        self._modules = modules
        self._interpreter = interpreter
        self._version = version
        self.compiled = False

    @property
    def paths(self) -> Sequence[str]:
        """Where bytecode goes."""
        return [*self._modules]

    def files(self) -> Iterator[LayerFile]:
        """The .pyc files; of a module that does not compile there is none."""
        pairs = [(f"/{module.path}", module.source) for module in self._modules.values()]
        with compiling(self._interpreter, self._version, pairs) as compiler:
            self.compiled = compiler is not None
            for path, result in zip(self._modules, compiler.results() if compiler else ()):
                if isinstance(result, bytes):
                    yield LayerFile(path, 0o644, BytesSource(result))
