"""Writes layers of Python content: their files, the .pyc files of their modules, and their facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Callable, NamedTuple, Optional

from distroless_python.common.interpreter import Interpreter

from .bytecode import Compiler, pyc_path
from .facts import LayerFacts
from .install import Installation, Installed
from .packing import File
from .source import BytesSource
from .target import Target
from .writer import LayerWriter


class Compiling(NamedTuple):
    """Who compiles: the base's own interpreter (`base`), another of its minor (`fallback`), or nobody (`none`)."""

    by: str = "none"
    interpreter: Optional[Interpreter] = None

    @classmethod
    def choose(cls, target: Target, wanted: bool, base: Optional[str], fallback: Optional[str]) -> Compiling:
        """Takes the first that runs on this machine and is of the target's minor.

        Args:
            target: the base's Python.
            wanted: whether anybody is to compile.
            base: the base's `interpreter/` directory.
            fallback: a Python of this machine.
        """
        candidates: list[tuple[str, Interpreter]] = []
        if wanted and base:
            candidates.append(("base", Interpreter.of_base(base)))
        if wanted and fallback:
            candidates.append(("fallback", Interpreter.installed(fallback)))
        for by, interpreter in candidates:
            if interpreter.version() == target.version:
                return cls(by, interpreter)
        return cls()


def write_layer(
    stream: BinaryIO,
    writer: LayerWriter,
    modules: Iterable[Installed],
    compiling: Compiling,
    target: Target,
    last: Callable[[Sequence[str]], Iterable[File]] = lambda _: (),
    **about: Any,
) -> tuple[LayerFacts, int]:
    """Writes what `writer` holds, the modules' .pyc files, and then what `last` makes of those files' paths.

    Args:
        stream: where the layer goes.
        writer: holds every other file.
        modules: the sources to compile.
        compiling: who compiles them.
        target: the base's Python.
        last: the last files, such as RECORD, which lists the .pyc files.
        about: what the facts say besides: `kind`, `name`, `version`, `label`.

    Returns:
        the facts, and how many modules have no .pyc.
    """
    sources = sorted(modules, key=lambda module: module.path)
    names = [pyc_path(module.path, target.cache_tag) for module in sources]
    compiled: list[str] = []

    def late(compiler: Compiler) -> Iterator[File]:
        for name, pyc in zip(names, compiler.results()):
            if pyc is not None:
                compiled.append(name)
                yield File(name, 0o644, BytesSource(pyc))
        yield from last(compiled)

    if compiling.interpreter is None:
        written = writer.finish(stream, last(()))
    else:
        with Compiler(compiling.interpreter, [(f"/{module.path}", module.source) for module in sources]) as compiler:
            written = writer.finish(stream, late(compiler), names)
    return LayerFacts.of(written, bytecode=compiling.by, **about), len(sources) - len(compiled)


def write_installation(
    stream: BinaryIO, installation: Installation, compiling: Compiling, target: Target, **about: Any
) -> tuple[LayerFacts, int]:
    """Writes an installed distribution; for arguments and result see `write_layer`."""
    writer = LayerWriter()
    for file in installation.files:
        writer.add_file(file.path, file.mode, file.source)

    def record(compiled: Sequence[str]) -> Iterator[File]:
        yield File(installation.record_path, 0o644, BytesSource(installation.record(compiled)))

    return write_layer(stream, writer, installation.modules, compiling, target, record, kind="wheel", **about)
