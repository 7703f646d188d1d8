"""Which layers an image has, lowest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..common.oci import OCI_LAYER_GZIP, Descriptor, LayoutWriter
from ..layer.facts import LayerFacts

_KINDS = ("deb", "files", "wheel", "app")


@dataclass(frozen=True)
class Source:
    """A layer file and its facts."""

    path: Path
    facts: LayerFacts


@dataclass(frozen=True)
class Blob:
    descriptor: Descriptor
    diff_id: str


@dataclass(frozen=True)
class Group:
    """Layer files that share a layer."""

    sources: tuple[Source, ...]

    @property
    def content(self) -> str:
        """What is in the layer, such as `django 5.2.8, sqlparse 0.5.3`."""
        return ", ".join(f"{source.facts.name} {source.facts.version}".strip() for source in self.sources)

    def put_into(self, writer: LayoutWriter) -> Blob:
        """Adds the layer to a layout; one file alone is used as it is."""
        (source,) = self.sources
        blob = Descriptor(OCI_LAYER_GZIP, source.facts.blob.digest, source.facts.blob.size)
        return Blob(writer.link(blob, source.path), source.facts.diff_id)


def stack(sources: Sequence[Source], base_layers: int, limit: int, label: str) -> list[Group]:
    """The layers over a base of `base_layers` layers, at most `limit` with those."""
    ordered = sorted(sources, key=lambda source: _KINDS.index(source.facts.kind))
    return [Group((source,)) for source in ordered]
