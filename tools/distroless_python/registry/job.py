"""One image on its way into one repository: what is to be done, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO

from distroless_python.errors import ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.formats.reference import Repository
from distroless_python.manifests.deliver import Referrer
from distroless_python.registry.client import Registry
from distroless_python.registry.local_image import LocalImage
from distroless_python.registry.sources import Streamed


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

    @property
    def image(self) -> LocalImage:
        return self.job.image

    def open(self, blob: Descriptor) -> BinaryIO | Streamed:
        """A blob's bytes, from the layout or from where they were found.

        Raises:
            ToolError: they are nowhere.
        """
        if self.image.has(blob):
            return self.image.layout.existing(blob).open("rb")
        return self.contents.get(blob.digest) or self.image.sources.find(blob)
