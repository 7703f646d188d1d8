"""Blobs and manifests into a repository, each only if it is not there; an interrupted upload goes on where it ended.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#push
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import BinaryIO
from urllib.parse import urlencode

from distroless_python.errors import ToolError
from distroless_python.formats.oci import Descriptor
from distroless_python.progress import Progress
from distroless_python.registry.client import Registry, said
from distroless_python.registry.sources import Streamed
from distroless_python.registry.transport import Bytes, Response, Transient

_OCTETS = {"Content-Type": "application/octet-stream"}
_NO_MOUNT = (400, 403, 404, 405)  # some registries answer so where they cannot mount
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,18})")


def upload(
    registry: Registry,
    blob: Descriptor,
    content: BinaryIO | Streamed,
    progress: Progress,
    sources: Sequence[str] = (),
    *,
    planned: bool = True,
) -> int:
    """Puts a blob that is not there into the repository: from another one of the registry, or by its bytes.

    Args:
        registry: the repository.
        blob: what is put there.
        content: its bytes.
        progress: shows them.
        sources: paths of repositories that may have it.
        planned: whether the progress counts on its bytes.

    Returns:
        The number of bytes that were sent.

    Raises:
        ToolError: the registry does not take it.
    """
    session = _mount(registry, blob, sources)
    if not session:
        progress.add(blob.size if planned else 0)
        return 0
    if not planned:
        progress.plan(blob.size)
    registry.persist(_Upload(registry, session, blob, BlobBody(content, blob.size, progress)).attempt)
    return blob.size


def _mount(registry: Registry, blob: Descriptor, sources: Sequence[str]) -> str:
    """Asks for the blob from other repositories; returns where to upload it, or nothing if it is there now."""
    session = ""
    for source in sources:
        registry.may_read(source)
        query = urlencode({"mount": blob.digest, "from": source})
        answer = registry.call("POST", f"{_uploads(registry)}?{query}", (201, 202, *_NO_MOUNT))
        if answer.status == 201:
            return ""
        if answer.status == 202:  # it is not there either
            session = registry.location(answer)
    return session or _open(registry)


class BlobBody:
    """A blob's bytes, sent from `offset` on; what is read is shown as progress."""

    def __init__(self, content: BinaryIO | Streamed, size: int, progress: Progress) -> None:
        self.size = size
        self.offset = 0
        self._content = content
        self._progress = progress
        self._read = 0

    def __len__(self) -> int:
        return self.size - self.offset

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        self._read += len(data)
        self._progress.add(len(data))
        return data

    def rewind(self) -> None:
        self._content.seek(self.offset)
        self._progress.add(self.offset - self._read)
        self._read = self.offset


class _Upload:
    """One blob on its way: its session, and in `body` how far the registry has it."""

    def __init__(self, registry: Registry, session: str, blob: Descriptor, body: BlobBody) -> None:
        self._registry = registry
        self._session = session
        self._blob = blob
        self._body = body
        self._interrupted = False

    def attempt(self) -> None:
        """Sends what the registry lacks and closes the session; after a fault, call it again.

        Raises:
            Transient: it may go on.
            ToolError: the registry does not take the blob.
        """
        if self._interrupted:
            self._resume()
        self._interrupted = True
        if len(self._body):
            part = {"Content-Range": f"{self._body.offset}-{self._blob.size - 1}"} if self._body.offset else {}
            answer = self._step("PATCH", self._session, {**_OCTETS, **part}, self._body)
            self._session = self._registry.location(answer)
            self._body.offset = self._blob.size
        join = "&" if "?" in self._session else "?"
        answer = self._step("PUT", f"{self._session}{join}{urlencode({'digest': self._blob.digest})}", _OCTETS)
        _check_stored(self._registry, answer, self._blob)

    def _step(self, method: str, url: str, headers: dict[str, str], body: BlobBody | None = None) -> Response:
        answer = self._registry.once(method, url, headers, body)
        if answer.status in (404, 416):  # the session is gone, or has other bytes than it said
            self._session = ""
            raise Transient(f"the upload of {self._blob.digest} was lost: {said(answer)}")
        if answer.status == 400 and "DIGEST" in said(answer):
            reason = f"the bytes of blob {self._blob.digest} do not fit its digest: {said(answer)}"
            raise self._registry.error(reason, "the layout is damaged, or the cache: build or pull the image again")
        return self._registry.expect(answer, (201, 202, 204), method)

    def _resume(self) -> None:
        """Asks the registry how far it came; begins anew where it cannot tell."""
        self._body.offset = 0
        try:
            answer = self._registry.once("GET", self._session, {}) if self._session else None
        except ToolError:
            answer = None
        reached = _RANGE.fullmatch(answer.headers.get("Range", "")) if answer and answer.status == 204 else None
        if answer is None or reached is None or int(reached[1]) >= self._blob.size:
            self._session = _open(self._registry)
            return
        if answer.headers.get("Location"):
            self._session = self._registry.location(answer)
        if reached[1] != "0":  # which also stands for nothing at all
            self._body.offset = int(reached[1]) + 1


def has(registry: Registry, kind: str, reference: str, accept: str = "*/*") -> str:
    """The digest of a blob or manifest that is there; empty if it is not. `kind` is `blobs` or `manifests`."""
    answer = registry.call("HEAD", registry.url(kind, reference), (200, 404), Accept=accept)
    if answer.status == 404:
        return ""
    return answer.headers.get("Docker-Content-Digest") or reference


def children(registry: Registry, reference: str, accept: str) -> frozenset[str]:
    """The digests of the blobs of an image that is there; none of what is not an image."""
    answer = registry.call("GET", registry.url("manifests", reference), (200, 404), Accept=accept)
    try:
        value = json.loads(answer.content)
        return frozenset(str(child["digest"]) for child in (value["config"], *value["layers"]))
    except (ValueError, KeyError, TypeError):
        return frozenset()


def offer_manifest(registry: Registry, manifest: Descriptor, data: bytes) -> Response:
    """Puts a manifest that the registry may refuse, such as one of blobs that it has not.

    It may be one that is there: registries look after what it refers to, in one request, and no name changes by it.
    """
    url = registry.url("manifests", manifest.digest)
    answer = registry.call("PUT", url, range(200, 500), Bytes(data), Content_Type=manifest.media_type)
    if answer.status == 201:
        _check_stored(registry, answer, manifest)
    return answer


def put_manifest(registry: Registry, manifest: Descriptor, data: bytes, reference: str) -> Response:
    """Puts a manifest or index under a digest or tag.

    Raises:
        ToolError: the registry does not take it.
    """

    def attempt() -> Response:
        headers = {"Content-Type": manifest.media_type}
        answer = registry.once("PUT", registry.url("manifests", reference), headers, Bytes(data))
        if "BLOB_UNKNOWN" in said(
            answer
        ):  # it took them all, and may not know it yet while another push writes them too
            raise Transient(f"the registry does not know all that it was sent: {said(answer)}")
        return answer

    answer = registry.persist(attempt)
    if reference != manifest.digest and 400 <= answer.status < 500:
        reason = f"the tag {reference!r} is refused, it may be immutable: {said(answer)}"
        raise registry.error(reason, f"push under another tag; the image itself is there as {manifest.digest}")
    registry.expect(answer, (201,), "PUT")
    _check_stored(registry, answer, manifest)
    return answer


def _check_stored(registry: Registry, answer: Response, sent: Descriptor) -> None:
    """An answer that says what was stored has to say what was sent."""
    stored = answer.headers.get("Docker-Content-Digest") or sent.digest
    if stored != sent.digest:
        reason = f"the registry says that it stored {stored} where {sent.digest} was sent"
        raise registry.error(reason, "push again; if that does not help, the registry or a proxy is broken")


def _uploads(registry: Registry) -> str:
    return registry.url("blobs", "uploads/")


def _open(registry: Registry) -> str:
    """A new upload session."""
    return registry.location(registry.call("POST", _uploads(registry), (202,)))
