"""Writes the layer of an installed distribution or an application, .pyc files included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Callable, Optional

from distroless_python.common.interpreter import Interpreter

from .bytecode import Compiler, pyc_path
from .facts import Written
from .install import Installed
from .source import BytesSource
from .writer import File, LayerWriter


@dataclass
class Compiled:
    """What became of the modules: paths of .pyc files, and how many sources have none."""

    paths: list[str] = field(default_factory=list)
    failed: int = 0


def write_layer(
    stream: BinaryIO,
    writer: LayerWriter,
    modules: Sequence[Installed],
    interpreter: Optional[Interpreter],
    cache_tag: str,
    last: Callable[[Sequence[str]], Iterable[File]] = lambda _: (),
) -> tuple[Written, Compiled]:
    """Writes what `writer` holds, the modules' .pyc files and then what `last` makes of those files' paths.

    Args:
        stream: where the layer goes.
        writer: holds every other file.
        modules: the sources to compile.
        interpreter: compiles them; None for no .pyc files.
        cache_tag: the middle of a .pyc's name.
        last: the last files, such as RECORD, which lists the .pyc files.
    """
    compiled = Compiled()
    if interpreter is None:
        compiled.failed = len(modules)
        return writer.finish(stream, last(())), compiled
    modules = sorted(modules, key=lambda module: module.path)
    names = [pyc_path(module.path, cache_tag) for module in modules]

    def late(compiler: Compiler) -> Iterator[File]:
        for name, pyc in zip(names, compiler.results()):
            if pyc is None:
                compiled.failed += 1
            else:
                compiled.paths.append(name)
                yield File(name, 0o644, BytesSource(pyc))
        yield from last(compiled.paths)

    with Compiler(interpreter, [(f"/{module.path}", module.source) for module in modules]) as compiler:
        return writer.finish(stream, late(compiler), names), compiled
