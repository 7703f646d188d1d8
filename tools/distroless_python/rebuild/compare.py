"""What an image has, beside what was made again: layer by layer, and in which order."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from distroless_python.formats.oci import Descriptor, canonical
from distroless_python.formats.paths import printable
from distroless_python.formats.tarfiles import UNREADABLE, open_tar
from distroless_python.rebuild.making import Made

SAME, CONTENT, DIFFERS, NOT_MADE = "same bytes", "same files", "differs", "not made"
UNKNOWN, MISSING, ORDER = "not in the provenance", "missing", "out of order"
BAD = (CONTENT, DIFFERS, UNKNOWN, MISSING, ORDER)
"""What no image has that was pushed as it was made."""

SHOWN = 10
"""So many files are named; the others are counted."""

_PIECE = 1 << 20


@dataclass(frozen=True)
class Verdict:
    """On a layer, or on a document of the image.

    Attributes:
        status: one of the words above.
        title: what it is.
        digest: as the image has it; empty where it has it not.
        details: what differs, or why nothing was made.
        first_party: whether nobody but its author can make it.
    """

    status: str
    title: str
    digest: str
    details: tuple[str, ...] = ()
    first_party: bool = False


def layers(image: Sequence[tuple[Descriptor, str]], made: Sequence[Made], blobs: Mapping[str, Path]) -> list[Verdict]:
    """Compares an image's layers, each with its diff_id, with what they should be.

    Args:
        image: its layers, lowest first.
        made: what they should be.
        blobs: the files of the image's layers, by digest.
    """
    there, wanted = [blob.digest for blob, _ in image], [layer.digest for layer in made]
    known = {layer.digest: layer for layer in made}
    strange = [digest for digest in there if digest not in known]
    absent = [layer for layer in made if layer.digest not in there]
    pairs = dict(zip(strange, absent))
    order = dict(zip((d for d in there if d in known), (d for d in wanted if d in there)))
    found = []
    for blob, diff_id in image:
        digest = blob.digest
        if digest in known:
            found.append(_known(known[digest], diff_id, order.get(digest, digest), known))
        elif digest in pairs:
            found.append(_differing(pairs[digest], digest, diff_id, blobs[digest]))
        else:
            found.append(Verdict(UNKNOWN, "a layer", digest, ("the provenance has no such layer",)))
    left = absent[len(strange) :]
    return found + [Verdict(MISSING, layer.title, "", (f"{layer.digest} is not in the image",)) for layer in left]


def _known(layer: Made, diff_id: str, instead: str, known: Mapping[str, Made]) -> Verdict:
    if diff_id != layer.diff_id:
        reason = f"the config says diff_id {diff_id}, and it is {layer.diff_id}"
        return Verdict(DIFFERS, layer.title, layer.digest, (reason,))
    if instead != layer.digest:
        return Verdict(ORDER, layer.title, layer.digest, (f"{known[instead].title} should be in its place",))
    if layer.path is None:
        return Verdict(NOT_MADE, layer.title, layer.digest, (layer.reason,), layer.first_party)
    return Verdict(SAME, layer.title, layer.digest)


def _differing(layer: Made, digest: str, diff_id: str, blob: Path) -> Verdict:
    if layer.path is None:
        said = f"the provenance says {layer.digest}"
        return Verdict(DIFFERS, layer.title, digest, (said, layer.reason), layer.first_party)
    if diff_id == layer.diff_id:
        return Verdict(CONTENT, layer.title, digest, ("compressed in another way",))
    details = tuple(_limited(differences(blob, layer.path)))
    return Verdict(DIFFERS, layer.title, digest, details or ("same files; headers or order differ",))


def _limited(lines: Iterator[str]) -> Iterator[str]:
    yield from itertools.islice(lines, SHOWN)
    if more := sum(1 for _ in lines):
        yield f"and {more:,} more"


def differences(image: Path, made: Path) -> Iterator[str]:
    """Lines about files that two layers do not have alike."""
    try:
        there, wanted = _files(image), _files(made)
    except UNREADABLE as error:
        yield f"the image's layer cannot be read: {error}"
        return
    for path in sorted(there.keys() | wanted.keys()):
        if path not in wanted:
            yield f"{printable(path)}: only in the image"
        elif path not in there:
            yield f"{printable(path)}: not in the image"
        elif there[path] != wanted[path]:
            names = [name for name in there[path] if there[path][name] != wanted[path][name]]
            what = ", ".join(f"{name} {there[path][name]} instead of {wanted[path][name]}" for name in names)
            yield f"{printable(path)}: {what}"


def _files(layer: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    with gzip.open(layer) as stream, open_tar(cast("IO[bytes]", stream), "r|") as archive:
        for member in archive:
            digest = hashlib.sha256()
            content = archive.extractfile(member) if member.isreg() else None
            while content and (piece := content.read(_PIECE)):
                digest.update(piece)
            found[member.name] = {
                "type": member.type.decode("latin-1"),
                "mode": f"{member.mode:04o}",
                "owner": f"{member.uid}:{member.gid}",
                "time": member.mtime,
                "target": member.linkname,
                "size": member.size,
                "SHA-256": digest.hexdigest()[:12],
            }
    return found


def document(title: str, there: bytes, made: Any, digest: str, *, known: Sequence[str] = ()) -> Verdict:
    """Compares a JSON document of an image with what it should be; members in `known` were reported by others."""
    if there == canonical(made):
        return Verdict(SAME, title, digest)
    value = json.loads(there)
    details = [line for line in _members(value, made, "") if not line.startswith(tuple(known) or "\0")]
    return Verdict(DIFFERS, title, digest, tuple(_limited(iter(details))) or ("as its layers do",))


def _members(there: Any, made: Any, name: str) -> Iterator[str]:
    if isinstance(there, dict) and isinstance(made, dict):
        for key in sorted(there.keys() | made.keys()):
            yield from _members(there.get(key), made.get(key), f"{name}.{key}".lstrip("."))
    elif there != made:
        yield f"{name}: {_short(there)} instead of {_short(made)}"


def _short(value: Any) -> str:
    text = printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 100 else f"{text[:100]}…"
