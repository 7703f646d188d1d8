"""An image on this machine, as it is pushed: what it is made of, and where the blobs come from that are not here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from distroless_python.errors import Collector
from distroless_python.formats.oci import INDEXES, Descriptor, ImageStore
from distroless_python.registry.sources import Cache, Sources


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

    @classmethod
    def read(cls, layout: ImageStore, caches: Callable[[], Sequence[Cache]] = tuple) -> LocalImage:
        """What there is to push; `caches` is called if the layout lacks blobs.

        Raises:
            ToolError: a blob is missing, and there are no caches.
        """
        (root,) = layout.roots()
        manifests = {manifest.digest: manifest for manifest in _walk(layout, root)}
        blobs = {
            blob.digest: blob
            for manifest in manifests.values()
            if manifest.media_type not in INDEXES
            for blob in layout.children(manifest)
        }
        problems = Collector()
        for blob in blobs.values():
            with problems.catching():
                layout.existing(blob)
        others = caches() if problems else ()
        if not others:
            problems.raise_if_any()
        return cls(layout, tuple(manifests.values()), tuple(blobs.values()), Sources(layout.subject, others))

    @property
    def root(self) -> Descriptor:
        return self.manifests[-1]

    def has(self, blob: Descriptor) -> bool:
        """Whether a blob's bytes are in the layout; where there are no caches, `read` has seen to it."""
        return not self.sources.caches or self.layout.blob(blob.digest).exists()


def _walk(layout: ImageStore, root: Descriptor) -> Iterator[Descriptor]:
    if root.media_type in INDEXES:
        for child in layout.children(root):
            yield from _walk(layout, child)
    yield root
