"""An image as a registry has it: manifest, config, provenance, layers."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from distroless_python.errors import Problem, ToolError
from distroless_python.files import atomic
from distroless_python.formats import foreign_json, image_config
from distroless_python.formats.oci import INDEXES, MANIFESTS, OCI_INDEX, OCI_MANIFEST, Descriptor, describe
from distroless_python.formats.reference import check_tag, repository
from distroless_python.registry.client import Registry
from distroless_python.registry.transport import Transient
from distroless_python.sbom.provenance import BUILD_TYPE, MEDIA_TYPE, PREDICATE_TYPE

MAX_DOCUMENT = 64 << 20
"""Bytes of a provenance."""

_PIECE = 256 << 10
_REMEDY = "push it again"
_NO_PROVENANCE = "push the image with `provenance = True` (py_push), or give its statement by --provenance"


def parse_name(text: str) -> tuple[str, str]:
    """Repository, and tag or digest, of `registry.example.com/app@sha256:…`.

    Raises:
        ToolError: it is not an image's name.
    """
    name, at, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        name = head
    else:
        tag = "latest"
    repository(name, text, "image")
    if at:
        return name, Descriptor.from_json({"digest": digest, "size": 0}, text).digest
    return name, check_tag(tag, text, "image")


@dataclass(frozen=True)
class RemoteImage:
    """An image; its parts as they are.

    Attributes:
        descriptor: of its manifest.
        manifest: the manifest's bytes.
        config: the config's.
        layers: in the manifest's order, each with its diff_id.
    """

    descriptor: Descriptor
    manifest: bytes
    config: bytes
    layers: tuple[tuple[Descriptor, str], ...]

    @property
    def value(self) -> Mapping[str, Any]:
        """The manifest, read."""
        found: Mapping[str, Any] = foreign_json.parse(self.manifest, self.descriptor.digest, _REMEDY)
        return found

    @property
    def settings(self) -> Mapping[str, Any]:
        """The config, read."""
        found: Mapping[str, Any] = foreign_json.parse(self.config, self.descriptor.digest, _REMEDY)
        return found


class Remote:
    """A repository that is read."""

    def __init__(self, name: str, *, insecure: bool = False) -> None:
        self.name = name
        self._registry = Registry(repository(name, name), name, insecure=insecure, read_only=True)

    def images(self, reference: str) -> list[RemoteImage]:
        """The image, or all of an index.

        Raises:
            ToolError: there is none, or it is not what its digest says.
        """
        self._registry.open()
        found, data = self._manifest(reference)
        if found.media_type not in INDEXES:
            return [self._image(found, data)]
        value = self._parse(data, found.digest)
        entries = [Descriptor.from_json(entry, self.name) for entry in value.get("manifests") or ()]
        images = [entry for entry in entries if entry.media_type in MANIFESTS and entry.platform.get("os") != "unknown"]
        return [self._image(*self._manifest(entry.digest)) for entry in images]

    def _image(self, descriptor: Descriptor, data: bytes) -> RemoteImage:
        value = self._parse(data, descriptor.digest)
        layers = value.get("layers")
        if not isinstance(layers, list):
            raise self._error(descriptor.digest, "is not the manifest of an image: it has no list of layers")
        config, *blobs = (Descriptor.from_json(each, self.name) for each in (value.get("config"), *layers))
        settings = self.read(config)
        parsed = self._parse(settings, config.digest)
        image_config.check(parsed, f"{self.name}: {config.digest}")
        diff_ids = (parsed.get("rootfs") or {}).get("diff_ids") or []
        if len(diff_ids) != len(blobs):
            raise self._error(descriptor.digest, f"has {len(blobs)} layers, and {len(diff_ids)} diff_ids in its config")
        return RemoteImage(descriptor, data, settings, tuple(zip(blobs, diff_ids)))

    def provenances(self, image: Descriptor) -> Iterator[bytes]:
        """What is attached to an image as provenance of ours, signed or not.

        Raises:
            ToolError: the registry does not give it.
        """
        for entry in self._referrers(image.digest):
            if entry.artifact_type not in ("", MEDIA_TYPE):
                continue
            _, data = self._manifest(entry.digest)
            value = self._parse(data, entry.digest)
            if value.get("artifactType") == MEDIA_TYPE:
                blobs = [Descriptor.from_json(each, self.name) for each in value.get("layers") or ()]
                yield from map(self.read, blobs)

    def _referrers(self, digest: str) -> list[Descriptor]:
        """By the API, or the tag that stands for it."""
        url = self._registry.url("referrers", f"{digest}?artifactType={quote(MEDIA_TYPE, safe='')}")
        answer = self._registry.call("GET", url, (200, 404))
        entries = self._parse(answer.content, digest).get("manifests") if answer.status == 200 else None
        if not entries:
            tag = digest.replace(":", "-")
            answer = self._registry.call("GET", self._registry.url("manifests", tag), (200, 404), Accept=OCI_INDEX)
            entries = self._parse(answer.content, tag).get("manifests") if answer.status == 200 else None
        return [Descriptor.from_json({"size": 0, **entry}, self.name) for entry in entries or ()]

    def _manifest(self, reference: str) -> tuple[Descriptor, bytes]:
        accept = ", ".join(sorted(INDEXES | MANIFESTS))
        answer = self._registry.call("GET", self._registry.url("manifests", reference), (200, 404), Accept=accept)
        if answer.status == 404:
            raise self._error(reference, "is not there")
        kind = (answer.headers.get("Content-Type") or OCI_MANIFEST).partition(";")[0].strip()
        found = describe(answer.content, self._parse(answer.content, reference).get("mediaType") or kind)
        if reference.startswith("sha256:") and found.digest != reference:
            raise self._error(reference, f"the registry gives other bytes for it, with the digest {found.digest}")
        return found, answer.content

    def read(self, blob: Descriptor) -> bytes:
        """A small blob's bytes.

        Raises:
            ToolError: it is not there, too large, or not what its digest says.
        """
        if blob.size > MAX_DOCUMENT:
            raise self._error(blob.digest, f"has {blob.size} bytes, more than a document has")
        content = b"".join(self._registry.persist(lambda: list(self._pieces(blob))))
        self._check(blob, describe(content, "").digest)
        return content

    def download(self, blob: Descriptor, path: Path) -> None:
        """Writes a blob to a file.

        Raises:
            ToolError: as `read`.
        """

        def attempt() -> str:
            digest = hashlib.sha256()
            with atomic(path) as stream:
                for piece in self._pieces(blob):
                    digest.update(piece)
                    stream.write(piece)
            return f"sha256:{digest.hexdigest()}"

        found = self._registry.persist(attempt)
        if found != blob.digest:
            path.unlink()
        self._check(blob, found)

    def _check(self, blob: Descriptor, found: str) -> None:
        if found != blob.digest:
            raise self._error(blob.digest, f"the registry gives other bytes for it, with the digest {found}")

    def _pieces(self, blob: Descriptor) -> Iterator[bytes]:
        left = blob.size
        try:
            with self._registry.stream(self._registry.url("blobs", blob.digest)) as answer:
                while piece := answer.read(min(_PIECE, left + 1)):
                    yield piece
                    left -= len(piece)
                    if left < 0:
                        return  # longer than it should be: other bytes
        except (OSError, http.client.HTTPException) as fault:
            raise Transient(f"{self.name}: {str(fault) or type(fault).__name__}") from None
        if left:
            raise Transient(f"{blob.digest} ends {left} bytes early")

    def _parse(self, data: bytes, member: str) -> dict[str, Any]:
        value = foreign_json.parse(data, self.name, _REMEDY, member)
        if not isinstance(value, dict):
            raise self._error(member, "is not an object")
        return value

    def _error(self, member: str, reason: str) -> ToolError:
        return ToolError(Problem(self.name, reason, _REMEDY, member))


def statement(data: bytes, image: Descriptor, subject: str) -> Mapping[str, Any]:
    """The recipe in a provenance, which has to be this image's.

    Raises:
        ToolError: it is not a provenance, or of another image.
    """
    value = foreign_json.parse(data, subject, _NO_PROVENANCE)
    try:
        subjects = [each["digest"]["sha256"] for each in value["subject"]]
        definition = value["predicate"]["buildDefinition"]
        kind, parameters = (value["predicateType"], definition["buildType"]), definition["externalParameters"]
    except (KeyError, TypeError):
        raise ToolError(Problem(subject, "is not an in-toto statement of SLSA provenance", _NO_PROVENANCE)) from None
    if kind != (PREDICATE_TYPE, BUILD_TYPE):
        raise ToolError(Problem(subject, f"is of another kind: {kind}", _NO_PROVENANCE))
    if subjects != [image.hex]:
        reason = f"is the provenance of {', '.join(map(str, subjects))[:200] or 'nothing'}, not of {image.digest}"
        raise ToolError(Problem(subject, reason, _NO_PROVENANCE))
    if not isinstance(parameters, dict):
        raise ToolError(Problem(subject, "has no externalParameters", _NO_PROVENANCE))
    return parameters


def choose(found: list[bytes], image: Descriptor, name: str) -> bytes:
    """The one provenance that is attached; equal ones are one.

    Raises:
        ToolError: there is none, or several that differ.
    """
    different = sorted(set(found))
    if len(different) == 1:
        return different[0]
    reason = f"{len(different)} provenances that differ are" if different else "no provenance is"
    remedy = "give the right one by --provenance" if different else _NO_PROVENANCE
    raise ToolError(Problem(name, f"{reason} attached", remedy, image.digest))
