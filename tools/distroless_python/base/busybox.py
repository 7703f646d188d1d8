"""The shell of a debug base: busybox in a directory of its own, as distroless has it."""

from __future__ import annotations

import re

from distroless_python.base.deb_layer import STATUS
from distroless_python.base.image_reader import gunzip
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.tarfiles import UNREADABLE, open_tar
from distroless_python.layer.writer import LayerWriter

DIRECTORY = "busybox"

_PROGRAM = "usr/bin/busybox"
_TABLE = re.compile(rb"\[\0\[\[\0(?:[A-Za-z0-9][A-Za-z0-9._+-]*\0)+")
"""Its table of names: sorted, and the first two are always in it. What stands before may be anything."""


def shell(known: LayerFacts, path: str) -> LayerWriter:
    """The layer with /busybox, made from the layer of a package that has the program (`busybox-static`).

    Raises:
        ToolError: the package has no busybox, or one whose applets cannot be found.
    """
    files: dict[str, bytes] = {}
    try:
        with gunzip(path) as stream, open_tar(stream, "r|") as archive:
            for member in archive:
                stream_of = archive.extractfile(member) if member.isreg() else None
                if stream_of and (member.name == _PROGRAM or member.name.startswith(f"{STATUS}/")):
                    files[member.name] = stream_of.read()
    except UNREADABLE as error:
        raise ToolError(Problem(known.label, f"damaged: {error}", "build again: the file was changed since")) from None
    names = applets(files.get(_PROGRAM, b""))
    if not names:
        reason = f"{known.title} has no /{_PROGRAM} with applets"
        raise ToolError(Problem(known.label, reason, "use the package busybox-static"))
    writer = LayerWriter()
    writer.add_file(f"{DIRECTORY}/busybox", 0o755, files.pop(_PROGRAM))
    for name in names:
        writer.add_link(f"{DIRECTORY}/{name}", "busybox")
    for name, content in files.items():
        writer.add_file(name, 0o644, content)
    return writer


def applets(program: bytes) -> list[str]:
    """The names that a busybox answers to, read from the table in it; none if there is no table.

    Its own name is not among them, though the table may have it: a layer that names a path twice is refused by Docker.
    """
    table = _TABLE.search(program)
    names = table[0].decode("ascii").rstrip("\0").split("\0") if table else []
    return [name for name in names if name != DIRECTORY]
