"""An image of this build: JSON files that an action wrote, and blobs where they are. No layout holds them."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path

from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.formats.oci import Descriptor, ImageStore, Layout
from distroless_python.manifests.image import ImageFiles


class StoredImage(ImageStore):
    """An image or an index, read from where it is.

    With `root`, bases, and layers and their facts, are below that, and may not be there.
    """

    def __init__(self, files: ImageFiles, root: Path | None = None) -> None:
        self._files = files
        self._lazy = root is not None
        self._root = root or Path()

    @property
    def subject(self) -> str:
        return self._files.label

    def roots(self) -> tuple[Descriptor, ...]:
        value = json.loads(Path(self._files.descriptor).read_bytes())
        return (Descriptor.from_json(value, self._files.descriptor),)

    def blob(self, digest: str) -> Path:
        return self._own.get(digest) or self._of_a_base(digest)

    def _of_a_base(self, digest: str) -> Path:
        places = [Layout(self._root / base).blob(digest) for base in self._files.bases]
        return next((place for place in places if place.exists()), *places[:1])

    @cached_property
    def _own(self) -> dict[str, Path]:
        found = {}
        for layer in self._files.layers:
            facts = self._root / layer.facts
            if facts.exists() or not self._lazy:
                found[LayerFacts.read(facts).blob.digest] = self._root / layer.layer
        for document in map(Path, self._files.documents):
            found[f"sha256:{hashlib.sha256(document.read_bytes()).hexdigest()}"] = document
        return found
