"""`stdlib-bytecode`: a layer with the bytecode of a base's standard library, for every image on it."""

from __future__ import annotations

import sys

from distroless_python.base.stdlib_bytecode import Bytecode, sources, uncompiled
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_contents import LayerContents, write_known
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.files import atomic
from distroless_python.layer.writer import LayerWriter
from distroless_python.manifests.base import StdlibBytecodeManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.python.interpreter import Interpreter

_REMEDY = "set --@rules_distroless_python//rules:compiler to the `:compiler` of a distroless.base with this Python"


def main(argv: list[str]) -> int:
    request = read_manifest(argv[0], StdlibBytecodeManifest)
    profile = BaseProfile.read(request.profile)
    python = profile.python
    listed = {file.path for file in LayerContents.read(request.contents).files}
    modules = uncompiled(sources(request.interpreter), profile.stdlib.lstrip("/"), python.cache_tag, listed)
    bytecode = Bytecode(modules, Interpreter.of_base(request.compiler), python.version)
    writer = LayerWriter()
    with atomic(request.output.layer) as stream:
        written = writer.finish(stream, bytecode.files(), bytecode.paths)
    about = {"name": f"bytecode of python{python.version}", "version": "", "label": request.label}
    facts = LayerFacts.of(written, layer="bytecode", bytecode=bytecode.compiled, **about)
    write_known(facts, writer.contents(), request.output)
    if modules and not bytecode.compiled:
        reason = f"no Python {python.version} runs here: its standard library has no bytecode, and starts take longer"
        print(f"warning: {request.label}: {reason}\n    remedy: {_REMEDY}", file=sys.stderr)
    return 0
