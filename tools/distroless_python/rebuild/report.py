"""What `distroless-verify` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from distroless_python.formats.paths import printable
from distroless_python.rebuild.again import Rebuilt
from distroless_python.rebuild.compare import BAD, NOT_MADE, SAME, Verdict

_WIDTH = 21


def accepted(verdict: Verdict, names: Collection[str]) -> bool:
    """Whether a layer that was not made may stay so."""
    return verdict.first_party or verdict.title in names or verdict.title.partition(" ")[0] in names


def proven(rebuilt: Rebuilt, names: Collection[str]) -> bool:
    """Whether nothing differs, and all that others can make was made."""
    verdicts = (*rebuilt.layers, *rebuilt.documents)
    return all(each.status == SAME or (each.status == NOT_MADE and accepted(each, names)) for each in verdicts)


def lines(rebuilt: Rebuilt, names: Collection[str]) -> Iterator[str]:
    """The report on an image."""
    yield f"{rebuilt.name}@{rebuilt.digest}: {printable(rebuilt.target)}"
    for number, verdict in enumerate(rebuilt.layers, 1):
        yield from _verdict(f"{number:4}", verdict)
    for verdict in rebuilt.documents:
        yield from _verdict(4 * " ", verdict)
    count = Counter(verdict.status for verdict in rebuilt.layers)
    own = sum(verdict.status == NOT_MADE and verdict.first_party for verdict in rebuilt.layers)
    bad = sum(count[status] for status in BAD) + sum(each.status in BAD for each in rebuilt.documents)
    yield (
        f"{len(rebuilt.layers)} layers: {count[SAME]} made again with the same bytes, {count[NOT_MADE]} not made"
        f" ({own} first-party), {bad} {'difference' if bad == 1 else 'differences'}"
    )
    yield "proven" if proven(rebuilt, names) else "NOT proven"


def _verdict(place: str, verdict: Verdict) -> Iterator[str]:
    yield f"{place}  {verdict.status:{_WIDTH}}  {printable(verdict.title)}  {verdict.digest[:19]}".rstrip()
    yield from (f"{'':8}{printable(line)}" for line in verdict.details)


def value(rebuilt: Rebuilt, names: Collection[str]) -> dict[str, Any]:
    """The same as JSON."""

    def plain(verdict: Verdict) -> dict[str, Any]:
        return {
            "status": verdict.status,
            "title": verdict.title,
            "digest": verdict.digest,
            "details": list(verdict.details),
            "first_party": verdict.first_party,
        }

    return {
        "image": f"{rebuilt.name}@{rebuilt.digest}",
        "target": rebuilt.target,
        "proven": proven(rebuilt, names),
        "layers": [plain(verdict) for verdict in rebuilt.layers],
        "documents": [plain(verdict) for verdict in rebuilt.documents],
    }
