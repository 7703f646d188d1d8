"""Writes layers of Python content: their files, the .pyc files of their modules, and their facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Callable, NamedTuple, Optional

from distroless_python.documents.layer_contents import LayerContents
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.documents.python_target import PythonTarget
from distroless_python.files import atomic
from distroless_python.formats.paths import unlayable
from distroless_python.formats.source import BytesSource
from distroless_python.layer.bytecode import Compiler, InvalidSource, compiling, pyc_path
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import Installation
from distroless_python.layer.module_facts import ModuleReader
from distroless_python.layer.parts import split
from distroless_python.layer.writer import LayerWriter
from distroless_python.python.interpreter import Interpreter

_MAX_SOURCE = 4 << 20
"""Larger sources are left uncompiled: they and their .pyc would have to be in memory as a whole."""


class BuiltLayer(NamedTuple):
    """What is known of a layer that was written, and how many modules have no .pyc."""

    facts: LayerFacts
    contents: LayerContents
    uncompiled: int


def write_layer(
    stream: BinaryIO,
    writer: LayerWriter,
    modules: Iterable[LayerFile],
    interpreter: Optional[Interpreter],
    target: PythonTarget,
    last: Callable[[Sequence[str]], Iterable[LayerFile]] = lambda _: (),
    *,
    root: str,
    **about: Any,
) -> BuiltLayer:
    """Writes what `writer` holds, the modules' .pyc files, and then what `last` makes of those files' paths.

    Args:
        stream: where the layer goes.
        writer: holds every other file.
        modules: the sources to compile.
        interpreter: the base's Python, which compiles them; None to leave them as sources.
        target: the base's Python.
        last: the last files, such as RECORD, which lists the .pyc files.
        root: the directory that modules are below, without a leading slash.
        about: what the facts say besides: `layer`, `name`, `version`, `label`.
    """
    importable = sorted(modules, key=lambda module: module.path)
    paths = {module.path: pyc_path(module.path, target.cache_tag) for module in importable}
    sources = [m for m in importable if m.source.size <= _MAX_SOURCE and not unlayable(paths[m.path])]
    names = [paths[module.path] for module in sources]
    compiled: list[str] = []
    reader = ModuleReader(root, target.version, first_party=about["layer"] != "wheel")
    writer.read_modules(reader)

    def late(compiler: Compiler) -> Iterator[LayerFile]:
        for module, name, result in zip(sources, names, compiler.results()):
            if isinstance(result, InvalidSource):
                reader.is_invalid(module.path, result.line, result.reason)
            elif result is not None:
                compiled.append(name)
                yield LayerFile(name, 0o644, BytesSource(result))
        yield from last(compiled)

    pairs = [(f"/{module.path}", module.source) for module in sources]
    with compiling(interpreter, target.version, pairs, apart=about["layer"] == "app") as compiler:
        written = writer.finish(stream, late(compiler), names) if compiler else writer.finish(stream, last(()))
        compiles = compiler is not None
    facts = LayerFacts.of(written, bytecode=compiles, **about)
    return BuiltLayer(facts, writer.contents(), len(importable) - len(compiled))


def write_app_layer(
    path: str,
    writer: LayerWriter,
    modules: Iterable[LayerFile],
    interpreter: Optional[Interpreter],
    target: PythonTarget,
    *,
    root: str,
    label: str,
) -> BuiltLayer:
    """Writes a layer of first-party files to `path`; `label` is the target, for the others see `write_layer`."""
    about: dict[str, Any] = {"name": label, "version": "", "label": label}
    with atomic(path) as stream:
        return write_layer(stream, writer, modules, interpreter, target, root=root, layer="app", **about)


def write_installation(
    stream: BinaryIO,
    installation: Installation,
    interpreter: Optional[Interpreter],
    target: PythonTarget,
    *,
    part: int = 1,
    parts: int = 1,
    **about: Any,
) -> BuiltLayer:
    """Writes an installed distribution, or one of the `parts` layers that it is; for the rest see `write_layer`."""
    writer = LayerWriter()
    for file in split(installation.files, parts)[part - 1]:
        writer.add(file)
    if parts > 1:
        about["part"] = f"{part} of {parts}"
    if part > 1:
        facts = LayerFacts.of(writer.finish(stream), layer="wheel", **about)
        return BuiltLayer(facts, writer.contents(), 0)

    def record(compiled: Sequence[str]) -> Iterator[LayerFile]:
        yield LayerFile(installation.record_path, 0o644, BytesSource(installation.record(compiled)))

    return write_layer(
        stream,
        writer,
        installation.modules,
        interpreter,
        target,
        record,
        root=installation.root,
        layer="wheel",
        **about,
    )
