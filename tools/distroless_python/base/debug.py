"""The shell of a debug base: busybox in a directory of its own, as distroless has it."""

from __future__ import annotations

from ..common.errors import Problem, ToolError
from ..common.tarfiles import UNREADABLE, open_tar
from ..layer.facts import LayerFacts
from ..layer.writer import LayerWriter
from .deb_layer import STATUS
from .layers import gunzip

DIRECTORY = "busybox"

_PROGRAM = "usr/bin/busybox"
_FIRST = b"\0[\0[[\0"  # its table of names is sorted, and these two are always in it


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
        reason = f"{known.name} {known.version} has no /{_PROGRAM} with applets"
        raise ToolError(Problem(known.label, reason, "use the package busybox-static"))
    writer = LayerWriter()
    writer.add_file(f"{DIRECTORY}/busybox", 0o755, files.pop(_PROGRAM))
    for name in names:
        writer.add_link(f"{DIRECTORY}/{name}", "busybox")
    for name, content in files.items():
        writer.add_file(name, 0o644, content)
    return writer


def applets(program: bytes) -> list[str]:
    """The names that a busybox answers to, read from the table in it; none if there is no table."""
    start = program.find(_FIRST)
    table, _, _ = program[start + 1 :].partition(b"\0\0") if start >= 0 else (b"", b"", b"")
    return [name.decode("ascii", "replace") for name in table.split(b"\0") if name and b"/" not in name]
