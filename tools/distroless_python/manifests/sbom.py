"""What Starlark hands the action of this package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional


@dataclass(frozen=True)
class SourcedLayer:
    """A layer of the image, the two documents about it, and the `.whl` or `.deb` it was made of, where there is one.

    Attributes:
        recipe: how it is made again: `action`, and the parameters of that; empty where nobody knows.
    """

    layer: str
    facts: str
    contents: str
    source: Optional[str]
    recipe: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SbomManifest:
    """`sbom`: documents about an image.

    Attributes:
        label: the image's target.
        descriptor: the image's descriptor.json.
        image: its manifest.
        config: its config.
        base: the base's OCI layout directory.
        profile: the base's profile.json.
        base_contents: the base's contents.json.
        base_recipe: how it is put together of its packages; empty for a base that was pulled.
        cyclonedx: the CycloneDX document to write.
        spdx: the SPDX document to write.
        provenance: the in-toto statement to write.
        compiler: layers of the Python that compiled, where it is of another architecture than the base.
        packages: layers that the base was made of; none for a base that was pulled.
        layers: the image's own layers, before some were joined.
        laid: the image's own layers.
    """

    label: str
    descriptor: str
    image: str
    config: str
    base: str
    profile: str
    base_contents: str
    cyclonedx: str
    spdx: str
    provenance: str
    compiler: tuple[SourcedLayer, ...]
    packages: tuple[SourcedLayer, ...]
    layers: tuple[SourcedLayer, ...]
    laid: tuple[SourcedLayer, ...]
    base_recipe: dict[str, Any] = field(default_factory=dict)
