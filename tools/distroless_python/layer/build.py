"""Writes layers of Python content: their files, the .pyc files of their modules, and their facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Callable, NamedTuple

from distroless_python.documents.elf_facts import ElfDocument
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.documents.python_target import Target
from distroless_python.formats.paths import unlayable
from distroless_python.formats.source import BytesSource
from distroless_python.layer.bytecode import Candidate, Compiler, compiling, pyc_path
from distroless_python.layer.install import Installation, Installed
from distroless_python.layer.packing import File
from distroless_python.layer.writer import LayerWriter

_MAX_SOURCE = 4 << 20
"""Larger sources are left uncompiled: they and their .pyc would have to be in memory as a whole."""


class Laid(NamedTuple):
    """What is known of a layer that was written: `seen` in its files, and how many modules have no .pyc."""

    facts: LayerFacts
    seen: ElfDocument
    uncompiled: int


def write_layer(
    stream: BinaryIO,
    writer: LayerWriter,
    modules: Iterable[Installed],
    compilers: Iterable[Candidate],
    target: Target,
    last: Callable[[Sequence[str]], Iterable[File]] = lambda _: (),
    **about: Any,
) -> Laid:
    """Writes what `writer` holds, the modules' .pyc files, and then what `last` makes of those files' paths.

    Args:
        stream: where the layer goes.
        writer: holds every other file.
        modules: the sources to compile.
        compilers: who may compile them, best first.
        target: the base's Python.
        last: the last files, such as RECORD, which lists the .pyc files.
        about: what the facts say besides: `kind`, `name`, `version`, `label`.
    """
    importable = sorted(modules, key=lambda module: module.path)
    paths = {module.path: pyc_path(module.path, target.cache_tag) for module in importable}
    sources = [m for m in importable if m.source.size <= _MAX_SOURCE and not unlayable(paths[m.path])]
    names = [paths[module.path] for module in sources]
    compiled: list[str] = []

    def late(compiler: Compiler) -> Iterator[File]:
        for name, pyc in zip(names, compiler.results()):
            if pyc is not None:
                compiled.append(name)
                yield File(name, 0o644, BytesSource(pyc))
        yield from last(compiled)

    pairs = [(f"/{module.path}", module.source) for module in sources]
    with compiling(compilers, target.version, pairs) as compiler:
        written = writer.finish(stream, late(compiler), names) if compiler else writer.finish(stream, last(()))
        by = compiler.by if compiler else "none"
    facts = LayerFacts.of(written, bytecode=by, **about)
    return Laid(facts, writer.scanner.document(), len(importable) - len(compiled))


def write_installation(
    stream: BinaryIO, installation: Installation, compilers: Iterable[Candidate], target: Target, **about: Any
) -> Laid:
    """Writes an installed distribution; for arguments and result see `write_layer`."""
    writer = LayerWriter()
    for file in installation.files:
        writer.add_file(file.path, file.mode, file.source)

    def record(compiled: Sequence[str]) -> Iterator[File]:
        yield File(installation.record_path, 0o644, BytesSource(installation.record(compiled)))

    return write_layer(stream, writer, installation.modules, compilers, target, record, kind="wheel", **about)
