"""Pushes images: what there is to push, what registries lack of it, and in which order it goes.

Images go together. A blob that several repositories of a registry lack is uploaded to one of them and mounted into the
others. One image that fails does not keep the others back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from distroless_python.errors import Collector, ToolError
from distroless_python.formats.oci import INDEXES, Descriptor, ImageStore
from distroless_python.formats.reference import DOCKER_HUB, Repository
from distroless_python.manifests.deliver import Referrer
from distroless_python.progress import Progress, megabytes
from distroless_python.registry.client import Registry, said
from distroless_python.registry.referrers import attach
from distroless_python.registry.sources import Cache, Sources, Streamed
from distroless_python.registry.transport import Closed, Response
from distroless_python.registry.upload import children, has, offer_manifest, put_manifest, upload

_WORKERS = 16
_SCOPES = 8  # repositories that are named in the first question for a token; more are asked for where they are needed


@dataclass(frozen=True)
class LocalImage:
    """What is pushed.

    Attributes:
        layout: where it is on this machine.
        manifests: manifests and indexes, each behind what it refers to, the root last.
        blobs: all blobs, each once.
        sources: where those are that the layout lacks.
    """

    layout: ImageStore
    manifests: tuple[Descriptor, ...]
    blobs: tuple[Descriptor, ...]
    sources: Sources

    @property
    def root(self) -> Descriptor:
        return self.manifests[-1]


@dataclass(frozen=True)
class Job:
    """An image and where it goes.

    Attributes:
        label: the target, for messages.
        image: what is pushed.
        target: the repository.
        tags: its names there.
        mount_from: paths of repositories of the same registry that may have some of the blobs.
        documents: to be attached, each with the descriptor of the image that it is about.
        insecure: whether plain HTTP is allowed beyond loopback.
    """

    label: str
    image: LocalImage
    target: Repository
    tags: tuple[str, ...] = ()
    mount_from: tuple[str, ...] = ()
    documents: tuple[tuple[Descriptor, Referrer], ...] = ()
    insecure: bool = False


@dataclass(eq=False)
class Push:
    """A job on its way.

    Attributes:
        job: what is to be done.
        registry: where.
        named: tags that name the image already.
        believed: digests of blobs that were not asked for: another image under a tag of this one has them.
        found: whether the registry had the image with all its blobs.
        there: whether it has it now.
        lacks: digests of the blobs that the repository lacks.
        lacked: those that it lacked at first.
        contents: digest to bytes of a blob, where it had to be looked for.
        sent: bytes of blobs that were uploaded for it.
        error: why it failed.
    """

    job: Job
    registry: Registry
    named: set[str] = field(default_factory=set)
    believed: set[str] = field(default_factory=set)
    found: bool = False
    there: bool = False
    lacks: set[str] = field(default_factory=set)
    lacked: set[str] = field(default_factory=set)
    contents: dict[str, Streamed] = field(default_factory=dict)
    sent: int = 0
    error: ToolError | None = None


def read(layout: ImageStore, caches: Callable[[], Sequence[Cache]] = tuple) -> LocalImage:
    """What there is to push; `caches` is called if the layout lacks blobs.

    Raises:
        ToolError: a blob is missing, and there are no caches.
    """
    (root,) = layout.roots()
    found: dict[str, Descriptor] = {}
    blobs: dict[str, Descriptor] = {}
    problems = Collector()
    for manifest in _walk(layout, root):
        found[manifest.digest] = manifest
        for blob in layout.children(manifest) if manifest.media_type not in INDEXES else ():
            with problems.catching():
                layout.existing(blob)
            blobs[blob.digest] = blob
    others = caches() if problems else ()
    if not others:
        problems.raise_if_any()
    return LocalImage(layout, tuple(found.values()), tuple(blobs.values()), Sources(layout.subject, others))


def push(jobs: Sequence[Job], text: str) -> list[Push]:
    """Pushes images; `text` is shown beside the progress. What failed has its error, the others are there."""
    pushes = _opened(jobs)
    progress = Progress(text, amount=megabytes)
    with ThreadPoolExecutor(_WORKERS) as pool:
        crew = _Crew(pool, pushes)
        try:
            crew.each(_look, pushes)
            _bring(crew, pushes, progress)
            crew.each(_offer, [each for each in pushes if not each.there])
            _bring(crew, pushes, progress)
        finally:
            progress.close()
        crew.each(_finish, pushes)
    return pushes


def _opened(jobs: Sequence[Job]) -> list[Push]:
    """The pushes, each with its repository; what is on one registry shares connections."""
    first: dict[tuple[str, bool], Push] = {}
    owners: dict[tuple[str, str], str] = {}
    pushes = []
    for job in jobs:
        for blob in job.image.blobs:
            owners.setdefault((job.target.host, blob.digest), job.target.path)
        near = {owners[job.target.host, blob.digest]: None for blob in job.image.blobs} | dict.fromkeys(job.mount_from)
        near.pop(job.target.path, None)
        key = (job.target.host, job.insecure)
        peer = first[key].registry if key in first else None
        registry = Registry(job.target, job.label, mount_from=[*near][:_SCOPES], insecure=job.insecure, peer=peer)
        each = Push(job, registry)
        if key in first:
            each.error = first[key].error
        else:
            try:
                registry.open()
            except ToolError as error:
                each.error = error
            first[key] = each
        pushes.append(each)
    return pushes


class _Crew:
    """Threads that work for pushes. One whose push has failed stops; if all have, what is under way is ended."""

    def __init__(self, pool: ThreadPoolExecutor, pushes: Sequence[Push]) -> None:
        self._pool = pool
        self._pushes = pushes
        self._lock = threading.Lock()

    def each(self, step: Callable[[Push], None], pushes: Iterable[Push]) -> None:
        """Calls `step` for each push, several at once."""
        self.all((each, partial(step, each)) for each in pushes)

    def all(self, work: Iterable[tuple[Push, Callable[[], None]]]) -> None:
        """Does all of the work, each piece for a push, several at once."""
        futures = [self._pool.submit(self._guarded, push, piece) for push, piece in work]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done():
                    future.result()
        except BaseException:  # an interrupt too
            for future in futures:
                future.cancel()
            for each in self._pushes:
                each.registry.close()
            raise

    def _guarded(self, push: Push, piece: Callable[[], None]) -> None:
        if push.error:
            return
        try:
            piece()
        except ToolError as error:
            with self._lock:
                push.error = push.error or error
                if all(each.error for each in self._pushes):
                    push.registry.close()
        except Closed:
            pass


def _look(push: Push) -> None:
    """Asks whether the image is there: two requests if it is, with one tag or none."""
    job, registry, root = push.job, push.registry, push.job.image.root
    for tag in job.tags:
        there = has(registry, "manifests", tag, root.media_type)
        if there == root.digest:
            push.named.add(tag)
        elif there and job.target.host != DOCKER_HUB:  # which counts what is read
            push.believed |= children(registry, there, root.media_type)
    if push.named or has(registry, "manifests", root.digest, root.media_type) == root.digest:
        push.there = push.found = all(answer.status == 201 or "UNKNOWN" not in said(answer) for answer in _put(push))


def _offer(push: Push) -> None:
    """Puts the manifests; where the registry lacks some of what they name, nothing is believed any more."""
    push.there = all(answer.status == 201 for answer in _put(push))
    push.believed.clear()


def _put(push: Push) -> Iterator[Response]:
    for manifest in push.job.image.manifests:
        yield offer_manifest(push.registry, manifest, push.job.image.layout.read_bytes(manifest))


def _bring(crew: _Crew, pushes: Sequence[Push], progress: Progress) -> None:
    """Finds out what repositories lack for images that are not there, and brings it there."""
    crew.all(
        (each, partial(_ask, each, blob))
        for each in pushes
        for blob in each.job.image.blobs
        if not each.there and blob.digest not in each.believed
    )
    first, others = _routes(pushes)
    progress.plan(sum(route.blob.size for route in first if not route.there))
    crew.all((each, partial(_locate, each, [r.blob for r in first if r.push is each])) for each in pushes)
    for routes in (first, others):
        crew.all((route.push, partial(_bring_blob, route, progress)) for route in routes)


def _locate(push: Push, blobs: Sequence[Descriptor]) -> None:
    """Finds the bytes of blobs that the layout lacks, before anything is sent for the image.

    Raises:
        ToolError: with all that are nowhere.
    """
    image = push.job.image
    problems = Collector()
    for blob in blobs:
        with problems.catching():
            if not _is_file(image, blob):
                push.contents[blob.digest] = image.sources.find(blob)
    problems.raise_if_any()


def _is_file(image: LocalImage, blob: Descriptor) -> bool:
    return not image.sources.caches or image.layout.blob(blob.digest).exists()


def _open(push: Push, blob: Descriptor) -> BinaryIO | Streamed:
    if _is_file(push.job.image, blob):
        return push.job.image.layout.existing(blob).open("rb")
    return push.contents.get(blob.digest) or push.job.image.sources.find(blob)


def _ask(push: Push, blob: Descriptor) -> None:
    there = has(push.registry, "blobs", blob.digest) == blob.digest
    (push.lacks.discard if there else push.lacks.add)(blob.digest)
    if not there:
        push.lacked.add(blob.digest)


@dataclass(frozen=True)
class _Route:
    """How a blob gets into a push's repository: from one of `sources`, repositories' paths, else by its bytes.

    `there` says that the first source has it, or will.
    """

    push: Push
    blob: Descriptor
    sources: tuple[str, ...]
    there: bool


def _routes(pushes: Sequence[Push]) -> tuple[list[_Route], list[_Route]]:
    """What is brought first, the largest before the others, and what is mounted from where that went."""
    alive = [each for each in pushes if not each.error]
    have: dict[tuple[str, str], str] = {}
    for each in alive:
        for blob in each.job.image.blobs:
            if blob.digest not in each.lacks:
                have.setdefault((each.job.target.host, blob.digest), each.job.target.path)
    first: list[_Route] = []
    others: list[_Route] = []
    brought: set[tuple[str, str, str]] = set()
    for each in alive:
        host, path, near = each.job.target.host, each.job.target.path, each.job.mount_from
        for blob in each.job.image.blobs:
            if blob.digest not in each.lacks or (host, path, blob.digest) in brought:
                continue
            brought.add((host, path, blob.digest))
            source = have.setdefault((host, blob.digest), path)
            known = source != path
            route = _Route(each, blob, ((source,) if known else ()) + near, known)
            (others if known else first).append(route)
    first.sort(key=lambda route: -route.blob.size)
    return first, others


def _bring_blob(route: _Route, progress: Progress) -> None:
    push, blob = route.push, route.blob
    with _open(push, blob) as content:
        push.sent += upload(push.registry, blob, content, progress, route.sources, planned=not route.there)
    push.lacks.discard(blob.digest)


def _finish(push: Push) -> None:
    """Manifests, documents, tags: a tag never names what is not there."""
    job, registry = push.job, push.registry
    for manifest in job.image.manifests if not push.there else ():
        put_manifest(registry, manifest, job.image.layout.read_bytes(manifest), manifest.digest)
    for subject, document in job.documents:
        attach(registry, subject, document)
    root = job.image.root
    problems = Collector()
    for tag in job.tags:
        with problems.catching():
            if tag not in push.named:
                put_manifest(registry, root, job.image.layout.read_bytes(root), tag)
    problems.raise_if_any()


def _walk(layout: ImageStore, root: Descriptor) -> Iterator[Descriptor]:
    if root.media_type in INDEXES:
        for child in layout.children(root):
            yield from _walk(layout, child)
    yield root
