"""Pushes images, in the order blobs, manifests, documents, tags: a tag never names what is not there.

Images go together. A blob that several repositories of a registry lack is uploaded to one of them and mounted into the
others. One image that fails does not keep the others back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from distroless_python.errors import Collector, ToolError
from distroless_python.formats.reference import DOCKER_HUB
from distroless_python.progress import Progress, megabytes
from distroless_python.registry.client import Registry, said
from distroless_python.registry.crew import Crew
from distroless_python.registry.job import Job, Push
from distroless_python.registry.missing_blobs import bring
from distroless_python.registry.referrers import attach
from distroless_python.registry.transport import Response
from distroless_python.registry.upload import children, has, offer_manifest, put_manifest

_WORKERS = 16
_SCOPES = 8  # repositories that are named in the first question for a token; more are asked for where they are needed


def push(jobs: Sequence[Job], text: str) -> list[Push]:
    """Pushes images; `text` is shown beside the progress. What failed has its error, the others are there."""
    pushes = _opened(jobs)
    progress = Progress(text, amount=megabytes)
    with ThreadPoolExecutor(_WORKERS) as pool:
        crew = Crew(pool, pushes)
        try:
            crew.each(_look, pushes)
            bring(crew, pushes, progress)
            crew.each(_offer, [each for each in pushes if not each.there])
            bring(crew, pushes, progress)
        finally:
            progress.close()
        crew.each(_finish, pushes)
    return pushes


def _opened(jobs: Sequence[Job]) -> list[Push]:
    """The pushes, each with its repository; what is on one registry shares connections."""
    first: dict[tuple[str, bool], Push] = {}
    pushes = []
    for job, near in zip(jobs, _neighbours(jobs)):
        peer = first.get((job.target.host, job.insecure))
        shared = peer.registry if peer else None
        each = Push(job, Registry(job.target, job.label, mount_from=near, insecure=job.insecure, peer=shared))
        if peer:
            each.error = peer.error
        else:
            first[job.target.host, job.insecure] = each
            try:
                each.registry.open()
            except ToolError as error:
                each.error = error
        pushes.append(each)
    return pushes


def _neighbours(jobs: Iterable[Job]) -> Iterator[list[str]]:
    """For each job the paths of repositories of its registry that blobs are likely to be mounted from."""
    owners: dict[tuple[str, str], str] = {}
    for job in jobs:
        host, path = job.target.host, job.target.path
        found = [owners.setdefault((host, blob.digest), path) for blob in job.image.blobs]
        near = dict.fromkeys((*found, *job.mount_from))
        near.pop(path, None)
        yield [*near][:_SCOPES]


def _look(push: Push) -> None:
    """Asks whether the image is there: two requests if it is, with one tag or none."""
    registry, root = push.registry, push.image.root
    for tag in push.job.tags:
        there = has(registry, "manifests", tag, root.media_type)
        if there == root.digest:
            push.named.add(tag)
        elif there and push.job.target.host != DOCKER_HUB:  # which counts what is read
            push.believed |= children(registry, there, root.media_type)
    if push.named or has(registry, "manifests", root.digest, root.media_type) == root.digest:
        push.there = push.found = all(answer.status == 201 or "UNKNOWN" not in said(answer) for answer in _put(push))


def _offer(push: Push) -> None:
    """Puts the manifests; where the registry lacks some of what they name, nothing is believed any more."""
    push.there = all(answer.status == 201 for answer in _put(push))
    push.believed.clear()


def _put(push: Push) -> Iterator[Response]:
    for manifest in push.image.manifests:
        yield offer_manifest(push.registry, manifest, push.image.layout.read_bytes(manifest))


def _finish(push: Push) -> None:
    """Manifests, documents, tags."""
    registry, image = push.registry, push.image
    for manifest in image.manifests if not push.there else ():
        put_manifest(registry, manifest, image.layout.read_bytes(manifest), manifest.digest)
    for subject, document in push.job.documents:
        attach(registry, subject, document)
    problems = Collector()
    for tag in push.job.tags:
        with problems.catching():
            if tag not in push.named:
                put_manifest(registry, image.root, image.layout.read_bytes(image.root), tag)
    problems.raise_if_any()
