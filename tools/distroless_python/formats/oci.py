"""OCI images on disk: descriptors, reading a layout, and writing one whose blobs are links.

Docker's media types are read as well as OCI's: bases come from either.
https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.errors import Problem, ToolError
from distroless_python.files import copy_file
from distroless_python.formats import foreign_json, image_config

OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = OCI_LAYER + "+gzip"
OCI_LAYER_ZSTD = OCI_LAYER + "+zstd"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = DOCKER_LAYER + ".gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = frozenset((OCI_INDEX, DOCKER_INDEX))
MANIFESTS = frozenset((OCI_MANIFEST, DOCKER_MANIFEST))

NAMELESS = {"org.opencontainers.image.ref.name": "latest"}
"""Annotations of an `index.json` entry without a name of its own: some tools (umoci) find images by tag only."""

EPOCH = "1970-01-01T00:00:00Z"
"""The time of everything in an image: nothing in an action depends on the day."""

MAX_LAYERS = 125
"""Docker's limit for one image, the base's layers included."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MAX_JSON = 4 << 20  # the most that registries take
_MAX_MANIFESTS = 1 << 12
_LAYOUT_REMEDY = "use an OCI layout: a directory with `oci-layout`, `index.json` and `blobs/sha256/`"
_BROKEN_REMEDY = "the layout is damaged: make or pull it again"


@dataclass(frozen=True)
class Descriptor:
    """A reference to a blob: `digest` is `sha256:<hex>`, `size` counts bytes; the rest as in OCI."""

    media_type: str
    digest: str
    size: int
    platform: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    artifact_type: str = ""

    @property
    def hex(self) -> str:
        return self.digest.partition(":")[2]

    def json(self) -> dict[str, Any]:
        """The descriptor in the specification's words, empty members left out."""
        optional = {"platform": self.platform, "annotations": self.annotations, "artifactType": self.artifact_type}
        required = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        return {**required, **{key: value for key, value in optional.items() if value}}

    @classmethod
    def from_json(cls, value: Any, subject: str) -> Descriptor:
        """Checks and reads a descriptor found in `subject`.

        Raises:
            ToolError: it is not a descriptor, or its digest is not SHA-256.
        """
        size = value.get("size") if isinstance(value, dict) else None
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise ToolError(Problem(subject, f"no OCI descriptor: {json.dumps(value)[:120]}", _BROKEN_REMEDY))
        digest = value.get("digest")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ToolError(Problem(subject, f"digest {digest!r} is not sha256:<64 hex digits>", _BROKEN_REMEDY))
        platform, annotations = value.get("platform") or {}, value.get("annotations") or {}
        kinds = value.get("mediaType") or "", value.get("artifactType") or ""
        typed = isinstance(platform, dict) and isinstance(annotations, dict)
        if not typed or not all(isinstance(text, str) for text in (*kinds, *annotations.values())):
            reason = f"the descriptor of {digest} has members of wrong types: {json.dumps(value)[:200]}"
            raise ToolError(Problem(subject, reason, _BROKEN_REMEDY))
        platform = {key: text for key, text in platform.items() if isinstance(text, str)}
        return cls(kinds[0], digest, size, platform, annotations, kinds[1])


def canonical(value: Any) -> bytes:
    """JSON whose bytes depend on the value only."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def describe(data: bytes, media_type: str, **more: Any) -> Descriptor:
    """The descriptor of `data`; `more` are further members of `Descriptor`."""
    return Descriptor(media_type, f"sha256:{hashlib.sha256(data).hexdigest()}", len(data), **more)


def oci_media_type(media_type: str) -> str:
    """A Docker layer's media type in OCI's words (the bytes are the same); any other as it is."""
    return {DOCKER_LAYER: OCI_LAYER, DOCKER_LAYER_GZIP: OCI_LAYER_GZIP}.get(media_type, media_type)


class ImageStore:
    """Blobs, and the images that they make up."""

    @property
    def subject(self) -> str:
        """What messages call it."""
        raise NotImplementedError

    def roots(self) -> tuple[Descriptor, ...]:
        """The descriptors that it is entered by."""
        raise NotImplementedError

    def blob(self, digest: str) -> Path:
        """The path of a blob, there or not."""
        raise NotImplementedError

    def existing(self, descriptor: Descriptor) -> Path:
        """The path of a blob that is there, in its full size.

        Raises:
            ToolError: the blob is missing or of another size.
        """
        path = self.blob(descriptor.digest)
        try:
            size = path.stat().st_size
        except OSError:
            reason = f"blob {descriptor.digest} ({descriptor.media_type}) is missing"
            raise ToolError(Problem(self.subject, reason, _BROKEN_REMEDY)) from None
        if size != descriptor.size:
            reason = f"blob {descriptor.digest} has {size} bytes where its descriptor says {descriptor.size}"
            raise ToolError(Problem(self.subject, reason, _BROKEN_REMEDY))
        return path

    def read_bytes(self, descriptor: Descriptor) -> bytes:
        """A small blob's content (manifest, index, config), checked against its digest."""
        path = self.existing(descriptor)
        if descriptor.size > _MAX_JSON:
            reason = f"blob {descriptor.digest} is too large for JSON: {descriptor.size} bytes"
            raise ToolError(Problem(self.subject, reason, _BROKEN_REMEDY))
        data = path.read_bytes()
        if describe(data, "").digest != descriptor.digest:
            raise ToolError(Problem(self.subject, f"blob {descriptor.digest} has other bytes", _BROKEN_REMEDY))
        return data

    def read_json(self, descriptor: Descriptor) -> dict[str, Any]:
        """A JSON blob's content, checked against its digest."""
        value = foreign_json.parse(self.read_bytes(descriptor), self.subject, _BROKEN_REMEDY, descriptor.digest)
        if not isinstance(value, dict):
            raise ToolError(Problem(self.subject, f"blob {descriptor.digest} is not an object", _BROKEN_REMEDY))
        return value

    def read_config(self, image: Descriptor) -> dict[str, Any]:
        """The config of an image manifest, its types checked."""
        descriptor = self.children(image)[0]
        config = self.read_json(descriptor)
        image_config.check(config, f"{self.subject}: {descriptor.digest}")
        return config

    def children(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """What a manifest (config first, then layers) or an index (manifests) refers to."""
        value = self.read_json(descriptor)
        key = "manifests" if descriptor.media_type in INDEXES else "layers"
        found = value.get(key) or []
        if not isinstance(found, list):
            reason = f"{key} is {type(found).__name__}, not a list"
            raise ToolError(Problem(self.subject, reason, _BROKEN_REMEDY, descriptor.digest))
        if key == "layers":
            found = [value.get("config"), *found]
        return tuple(Descriptor.from_json(child, f"{self.subject}: {descriptor.digest}") for child in found)

    def images(self) -> Iterator[Descriptor]:
        """Every image manifest, those inside indexes included, with its platform (read from the config if not said).

        Raises:
            ToolError: there are more than anybody has; an index counts once, however often it is named.
        """
        pending = list(reversed(self.roots()))
        seen: set[str] = set()
        number = 0
        while pending:
            descriptor = pending.pop()
            number += 1
            if number > _MAX_MANIFESTS:
                raise ToolError(Problem(self.subject, f"it names more than {_MAX_MANIFESTS} manifests", _LAYOUT_REMEDY))
            if descriptor.media_type in INDEXES:
                if descriptor.digest not in seen:
                    seen.add(descriptor.digest)
                    pending.extend(reversed(self.children(descriptor)))
            elif descriptor.platform.get("os") != "unknown":  # BuildKit's attestations
                yield descriptor

    def platform(self, image: Descriptor) -> dict[str, str]:
        """An image manifest's platform: its descriptor's, or its config's."""
        if image.platform:
            return dict(image.platform)
        config = self.read_config(image)
        members = (("architecture", "architecture"), ("os", "os"), ("variant", "variant"), ("os.version", "os.version"))
        return {key: config[name] for key, name in members if config.get(name)}

    def image(self, architecture: str | None = None) -> Descriptor:
        """The image manifest for linux and `architecture`; the only one if that is None.

        Raises:
            ToolError: there is none or more than one.
        """
        images = list(self.images())
        platforms = [self.platform(image) for image in images]
        chosen = [
            image
            for image, platform in zip(images, platforms)
            if architecture is None or (platform.get("os"), platform.get("architecture")) == ("linux", architecture)
        ]
        if len({image.digest for image in chosen}) == 1:
            return chosen[0]
        there = ", ".join("/".join(p[k] for k in ("os", "architecture", "variant") if k in p) for p in platforms)
        wanted = f"for linux/{architecture} " if architecture else ""
        reason = f"{len(chosen)} images {wanted}where one is needed; it has {there or 'none'}"
        raise ToolError(Problem(self.subject, reason, "name a platform that is there, or use another layout"))

    def only_image(self, architecture: str) -> Descriptor:
        """The only image, whatever it is for; of several, the one for linux and `architecture`.

        Raises:
            ToolError: none of several is for it.
        """
        images = {image.digest: image for image in self.images()}
        return next(iter(images.values())) if len(images) == 1 else self.image(architecture)


@dataclass(frozen=True)
class Layout(ImageStore):
    """An OCI layout directory, read. `name` is what messages call it; the path by default."""

    path: Path
    name: str = ""

    @property
    def subject(self) -> str:
        return self.name or str(self.path)

    def roots(self) -> tuple[Descriptor, ...]:
        """The descriptors in `index.json`.

        Raises:
            ToolError: the directory is not a layout.
        """
        try:
            with open(self.path / "index.json", "rb") as file:
                data = file.read(_MAX_JSON + 1)
        except OSError as error:
            raise ToolError(Problem(self.subject, f"no OCI layout: {error!r}", _LAYOUT_REMEDY, "index.json")) from None
        if len(data) > _MAX_JSON:
            raise ToolError(Problem(self.subject, f"has more than {_MAX_JSON} bytes", _LAYOUT_REMEDY, "index.json"))
        index = foreign_json.parse(data, self.subject, _LAYOUT_REMEDY, "index.json")
        entries = index.get("manifests") if isinstance(index, dict) else None
        if not isinstance(entries, list):
            reason = "no OCI layout: it has no list of manifests"
            raise ToolError(Problem(self.subject, reason, _LAYOUT_REMEDY, "index.json"))
        return tuple(Descriptor.from_json(entry, f"{self.subject}: index.json") for entry in entries)

    def blob(self, digest: str) -> Path:
        """The path of a blob, there or not."""
        return self.path / "blobs" / "sha256" / digest.partition(":")[2]


class LayoutWriter:
    """Writes a layout into a directory that is empty or not there yet."""

    def __init__(self, path: Path | str) -> None:
        self.layout = Layout(Path(path))
        self._blobs = self.layout.path / "blobs" / "sha256"
        self._blobs.mkdir(parents=True, exist_ok=True)

    def link(self, descriptor: Descriptor, source: Path | str) -> Descriptor:
        """Adds a blob by a relative link to the file that holds it; a second time is not an error.

        The path stays as it is: where it is a link of a sandbox, what that links to is not there for others.
        """
        target = self._blobs / descriptor.hex
        if not os.path.lexists(target):
            target.symlink_to(os.path.relpath(source, self._blobs))
        return descriptor

    def copy(self, descriptor: Descriptor, source: Path | str) -> Descriptor:
        """Adds a blob by a copy of the file that holds it; a second time is not an error."""
        target = self._blobs / descriptor.hex
        if not os.path.lexists(target):
            copy_file(source, target)
        return descriptor

    def move(self, descriptor: Descriptor, source: Path) -> Descriptor:
        """Adds a blob by the file that holds it, which is gone afterwards."""
        os.replace(source, self._blobs / descriptor.hex)
        return descriptor

    def write(self, data: bytes, media_type: str, **more: Any) -> Descriptor:
        """Adds a blob by its bytes; `more` are further members of its descriptor."""
        descriptor = describe(data, media_type, **more)
        target = self._blobs / descriptor.hex
        if not os.path.lexists(target):
            target.write_bytes(data)
        return descriptor

    def write_json(self, value: Mapping[str, Any], media_type: str, **more: Any) -> Descriptor:
        return self.write(canonical(value), media_type, **more)

    def finish(self, roots: Iterable[Descriptor]) -> None:
        """Writes `index.json` and `oci-layout`, which make the directory a layout."""
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [root.json() for root in roots]}
        (self.layout.path / "index.json").write_bytes(canonical(index))
        (self.layout.path / "oci-layout").write_bytes(canonical({"imageLayoutVersion": "1.0.0"}))
