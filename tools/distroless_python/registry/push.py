"""Pushes an image: what there is to push, what the registry lacks of it, and in which order it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.oci import INDEXES, Descriptor, Layout
from distroless_python.registry.client import Registry
from distroless_python.registry.progress import Progress
from distroless_python.registry.upload import Uploader, has, knows, put_manifest

T = TypeVar("T")
U = TypeVar("U")

_WORKERS = 6


@dataclass(frozen=True)
class Image:
    """What is pushed: manifests and indexes, each behind what it refers to, the root last; and all blobs, each once."""

    layout: Layout
    manifests: tuple[Descriptor, ...]
    blobs: tuple[Descriptor, ...]

    @property
    def root(self) -> Descriptor:
        return self.manifests[-1]


def read(layout: Layout) -> Image:
    """What there is to push.

    Raises:
        ToolError: the layout has not exactly one image or index, or lacks a blob.
    """
    roots = {root.digest: root for root in layout.roots()}
    if len(roots) != 1:
        reason = f"its index.json names {len(roots)} images, one can be pushed"
        raise ToolError(Problem(layout.subject, reason, "make a py_image_index of them"))
    found: dict[str, Descriptor] = {}
    blobs: dict[str, Descriptor] = {}
    problems = Collector()
    for manifest in _walk(layout, next(iter(roots.values()))):
        found[manifest.digest] = manifest
        for blob in layout.children(manifest) if manifest.media_type not in INDEXES else ():
            with problems.catching():
                layout.existing(blob)
            blobs[blob.digest] = blob
    problems.raise_if_any()
    return Image(layout, tuple(found.values()), tuple(blobs.values()))


def push(registry: Registry, image: Image, mount_from: Sequence[str]) -> list[Descriptor]:
    """Pushes everything but tags; returns the blobs that were missing.

    Raises:
        ToolError: the registry does not take all of it.
    """
    if _is_there(registry, image):
        return []
    with ThreadPoolExecutor(_WORKERS) as pool:
        found = _each(pool, registry, lambda blob: has(registry, "blobs", blob.digest), image.blobs)
        missing = [blob for blob, digest in zip(image.blobs, found) if digest != blob.digest]
        progress = Progress(f"Pushing to {registry.repository}", sum(blob.size for blob in missing))
        uploader = Uploader(registry, mount_from, progress)
        try:
            largest = sorted(missing, key=lambda blob: -blob.size)
            _each(pool, registry, partial(_upload, uploader, image.layout), largest)
        finally:
            progress.close()
    for manifest in image.manifests:
        put_manifest(registry, manifest, image.layout.read_bytes(manifest), manifest.digest)
    return missing


def _is_there(registry: Registry, image: Image) -> bool:
    """Whether the registry has the image with all its blobs: two requests for one that is there."""
    root = image.root
    if has(registry, "manifests", root.digest, root.media_type) != root.digest:
        return False
    return all(knows(registry, manifest, image.layout.read_bytes(manifest)) for manifest in image.manifests)


def _upload(uploader: Uploader, layout: Layout, blob: Descriptor) -> None:
    with layout.existing(blob).open("rb") as content:
        uploader.blob(blob, content)


def tag(registry: Registry, image: Image, tags: Sequence[str]) -> None:
    """Names the image; a tag that names it already is left alone.

    Raises:
        ToolError: with every tag that is refused.
    """
    data = image.layout.read_bytes(image.root)
    problems = Collector()
    for name in tags:
        with problems.catching():
            if has(registry, "manifests", name, image.root.media_type) != image.root.digest:
                put_manifest(registry, image.root, data, name)
    problems.raise_if_any()


def _each(pool: ThreadPoolExecutor, registry: Registry, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """Calls a function for each item, several at once; the first error ends all of them."""
    futures = [pool.submit(function, item) for item in items]
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
        failed = next((f for f in futures if f.done() and f.exception()), None)
        if failed:
            failed.result()
    except BaseException:  # an interrupt too
        for future in futures:
            future.cancel()
        registry.close()
        raise
    return [future.result() for future in futures]


def _walk(layout: Layout, root: Descriptor) -> Iterator[Descriptor]:
    if root.media_type in INDEXES:
        for child in layout.children(root):
            yield from _walk(layout, child)
    yield root
