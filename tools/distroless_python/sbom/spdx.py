"""SPDX 2.3: https://spdx.github.io/spdx-spec/v2.3/"""

from __future__ import annotations

import re
import uuid
from typing import Any

from distroless_python.formats.oci import canonical
from distroless_python.sbom.contents import Component, ImageContents
from distroless_python.sbom.licences import Licence, joined

MEDIA_TYPE = "application/spdx+json"

_IMAGE = "SPDXRef-Image"
_NONE = "NOASSERTION"
_PURPOSES = {"first-party": "APPLICATION"}


def document(contents: ImageContents) -> dict[str, Any]:
    """The SBOM; the same contents give the same one, namespace included."""
    names = {licence.text for part in contents.components for licence in part.licences if not licence.spdx}
    value: dict[str, Any] = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": contents.label,
        "dataLicense": "CC0-1.0",
        "creationInfo": {
            "created": "1970-01-01T00:00:00Z",  # the format wants a time; the image has this one
            "creators": ["Tool: rules_distroless_python"],
        },
        "packages": [_image(contents), *map(_package, contents.components)],
        "relationships": [
            _relationship("SPDXRef-DOCUMENT", "DESCRIBES", _IMAGE),
            *(_relationship(_IMAGE, "CONTAINS", _identifier(part)) for part in contents.components),
        ],
        "hasExtractedLicensingInfos": [
            {"licenseId": _own(name), "name": name, "extractedText": name} for name in sorted(names)
        ],
    }
    return {**value, "documentNamespace": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, canonical(value).decode())}"}


def _image(contents: ImageContents) -> dict[str, Any]:
    return {
        **_common(_IMAGE, contents.label, contents.image.digest, contents.image.hex),
        "primaryPackagePurpose": "CONTAINER",
        "comment": f"base: {contents.base}",
    }


def _package(component: Component) -> dict[str, Any]:
    locator = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": component.purl,
    }
    optional = {"externalRefs": [locator] if component.purl else [], "summary": component.summary}
    return {
        **_common(_identifier(component), component.name, component.version, component.sha256),
        "licenseDeclared": joined(map(_expression, component.licences)) or _NONE,
        "primaryPackagePurpose": _PURPOSES.get(component.kind, "LIBRARY"),
        **{key: value for key, value in optional.items() if value},
    }


def _common(identifier: str, name: str, version: str, sha256: str) -> dict[str, Any]:
    value: dict[str, Any] = {
        "SPDXID": identifier,
        "name": name,
        "downloadLocation": _NONE,
        "filesAnalyzed": False,
        "licenseConcluded": _NONE,
        "licenseDeclared": _NONE,
        "copyrightText": _NONE,
    }
    if version:
        value["versionInfo"] = version
    if sha256:
        value["checksums"] = [{"algorithm": "SHA256", "checksumValue": sha256}]
    return value


def _relationship(element: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": other}


def _identifier(component: Component) -> str:
    return f"SPDXRef-{component.kind}-{_word(component.name)}-{_word(component.version or component.sha256[:12])}"


def _expression(licence: Licence) -> str:
    return licence.text if licence.spdx else _own(licence.text)


def _own(name: str) -> str:
    return f"LicenseRef-{_word(name)}"


def _word(text: str) -> str:
    """Letters, digits, `.` and `-` only; what differs elsewhere stays apart."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda match: f"-{ord(match[0]):x}-", text)
