"""Brings repositories the blobs that they lack: each goes to a registry once, and is mounted from there elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from distroless_python.errors import Collector
from distroless_python.formats.oci import Descriptor
from distroless_python.progress import Progress
from distroless_python.registry.crew import Crew
from distroless_python.registry.job import Push
from distroless_python.registry.upload import has, upload


@dataclass(frozen=True)
class _Route:
    """How a blob gets into a push's repository: from one of `sources`, repositories' paths, else by its bytes.

    `there` says that the first source has it, or will.
    """

    push: Push
    blob: Descriptor
    sources: tuple[str, ...]
    there: bool


def bring(crew: Crew, pushes: Sequence[Push], progress: Progress) -> None:
    """Finds out what repositories lack for images that are not there, and brings it there."""
    crew.all(
        (each, partial(_ask, each, blob))
        for each in pushes
        for blob in each.image.blobs
        if not each.there and blob.digest not in each.believed
    )
    first, others = _routes([each for each in pushes if not each.error])
    progress.plan(sum(route.blob.size for route in first))
    crew.all((each, partial(_locate, each, [r.blob for r in first if r.push is each])) for each in pushes)
    for routes in (first, others):
        crew.all((route.push, partial(_bring_blob, route, progress)) for route in routes)


def _ask(push: Push, blob: Descriptor) -> None:
    there = has(push.registry, "blobs", blob.digest) == blob.digest
    (push.lacks.discard if there else push.lacks.add)(blob.digest)
    if not there:
        push.lacked.add(blob.digest)


def _routes(pushes: Sequence[Push]) -> tuple[list[_Route], list[_Route]]:
    """What is brought first, the largest before the others, and what is mounted from where that went."""
    places = _places(pushes)
    routes = []
    for push, blob in _missing(pushes):
        source = places.setdefault((push.job.target.host, blob.digest), push.job.target.path)
        known = source != push.job.target.path
        routes.append(_Route(push, blob, ((source,) if known else ()) + push.job.mount_from, known))
    first = sorted((route for route in routes if not route.there), key=lambda route: -route.blob.size)
    return first, [route for route in routes if route.there]


def _places(pushes: Sequence[Push]) -> dict[tuple[str, str], str]:
    """Host and digest of a blob that is there to the path of a repository that has it."""
    found: dict[tuple[str, str], str] = {}
    for push in pushes:
        for blob in push.image.blobs:
            if blob.digest not in push.lacks:
                found.setdefault((push.job.target.host, blob.digest), push.job.target.path)
    return found


def _missing(pushes: Sequence[Push]) -> Iterator[tuple[Push, Descriptor]]:
    """The blobs that repositories lack, each once a repository."""
    seen: set[tuple[str, str, str]] = set()
    for push in pushes:
        for blob in push.image.blobs:
            place = (push.job.target.host, push.job.target.path, blob.digest)
            if blob.digest in push.lacks and place not in seen:
                seen.add(place)
                yield push, blob


def _locate(push: Push, blobs: Sequence[Descriptor]) -> None:
    """Finds the bytes of blobs that the layout lacks, before anything is sent for the image.

    Raises:
        ToolError: with all that are nowhere.
    """
    problems = Collector()
    for blob in blobs:
        with problems.catching():
            if not push.image.has(blob):
                push.contents[blob.digest] = push.image.sources.find(blob)
    problems.raise_if_any()


def _bring_blob(route: _Route, progress: Progress) -> None:
    push, blob = route.push, route.blob
    with push.open(blob) as content:
        push.sent += upload(push.registry, blob, content, progress, route.sources, planned=not route.there)
    push.lacks.discard(blob.digest)
