"""Documents attached to an image, such as an SBOM: manifests whose `subject` is the image.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-manifests-with-subject
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from distroless_python.formats.oci import OCI_INDEX, OCI_MANIFEST, Descriptor, canonical, describe
from distroless_python.manifests.deliver import Referrer
from distroless_python.progress import Progress
from distroless_python.registry.client import Registry
from distroless_python.registry.transport import Bytes, Response
from distroless_python.registry.upload import has, put_manifest, upload

_EMPTY = Descriptor("application/vnd.oci.empty.v1+json", describe(b"{}", "").digest, 2)


def attach(registry: Registry, subject: Descriptor, referrer: Referrer) -> Descriptor:
    """Pushes a document and its manifest.

    Raises:
        ToolError: the registry does not take one of them.
    """
    path = Path(referrer.file)
    data = path.read_bytes()
    title = {"org.opencontainers.image.title": path.name}
    document = describe(data, referrer.artifact_type, annotations=title)
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": referrer.artifact_type,
        "config": _EMPTY.json(),
        "layers": [document.json()],
        "subject": Descriptor(subject.media_type, subject.digest, subject.size).json(),
    }
    unseen = Progress()
    for blob, content in ((_EMPTY, b"{}"), (document, data)):
        if not has(registry, "blobs", blob.digest):
            upload(registry, blob, io.BytesIO(content), unseen)
    encoded = canonical(manifest)
    descriptor = describe(encoded, OCI_MANIFEST, artifact_type=referrer.artifact_type)
    answer = put_manifest(registry, descriptor, encoded, descriptor.digest)
    if answer.headers.get("OCI-Subject") != subject.digest:
        _list(registry, subject, descriptor)
    return descriptor


def _list(registry: Registry, subject: Descriptor, referrer: Descriptor) -> None:
    """Adds the referrer to the index under the subject's tag, for registries without the referrers API."""
    tag = subject.digest.replace(":", "-")
    url = registry.url("manifests", tag)
    answer = registry.call("GET", url, (200, 404), Accept=OCI_INDEX)
    there = _entries(registry, answer) if answer.status == 200 else []
    if any(entry.get("digest") == referrer.digest for entry in there):
        return
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*there, referrer.json()]}
    registry.call("PUT", url, (201,), Bytes(canonical(index)), Content_Type=OCI_INDEX)


def _entries(registry: Registry, answer: Response) -> list[Any]:
    try:
        found = json.loads(answer.content)["manifests"]
        if isinstance(found, list) and all(isinstance(entry, dict) for entry in found):
            return found
    except (ValueError, KeyError, TypeError):
        pass
    raise registry.error(
        f"{answer.url} is not an index, so nothing can be added to it", "delete that tag, then push again"
    )
