"""CycloneDX 1.6: https://cyclonedx.org/docs/1.6/json/"""

from __future__ import annotations

import uuid
from typing import Any

from distroless_python.formats.oci import canonical
from distroless_python.sbom.contents import Component, ImageContents
from distroless_python.sbom.licences import Licence, joined

MEDIA_TYPE = "application/vnd.cyclonedx+json"

_TYPES = {"first-party": "application"}


def document(contents: ImageContents) -> dict[str, Any]:
    """The SBOM; the same contents give the same one, serial number included."""
    value: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": _image(contents),
            "tools": {"components": [{"type": "application", "name": "rules_distroless_python"}]},
        },
        "components": [_component(component) for component in contents.components],
        "dependencies": [
            {"ref": contents.image.digest, "dependsOn": sorted(map(_reference, contents.components))},
        ],
    }
    return {**value, "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, canonical(value).decode())}"}


def _image(contents: ImageContents) -> dict[str, Any]:
    return {
        "type": "container",
        "bom-ref": contents.image.digest,
        "name": contents.label,
        "version": contents.image.digest,
        "hashes": [{"alg": "SHA-256", "content": contents.image.hex}],
        "properties": [{"name": "org.opencontainers.image.base.digest", "value": contents.base}],
    }


def _component(component: Component) -> dict[str, Any]:
    optional = {
        "version": component.version,
        "purl": component.purl,
        "description": component.summary,
        "licenses": _licences(component.licences),
        "hashes": [{"alg": "SHA-256", "content": component.sha256}] if component.sha256 else [],
    }
    return {
        "type": _TYPES.get(component.kind, "library"),
        "bom-ref": _reference(component),
        "name": component.name,
        **{key: value for key, value in optional.items() if value},
    }


def _reference(component: Component) -> str:
    return component.purl or f"{component.name}#{component.sha256}"


def _licences(found: tuple[Licence, ...]) -> list[dict[str, Any]]:
    """One expression, or several licences: the format does not mix them."""
    if found and all(licence.spdx for licence in found):
        return [{"expression": joined(licence.text for licence in found)}]
    return [{"license": {"id" if _is_id(licence) else "name": licence.text}} for licence in found]


def _is_id(licence: Licence) -> bool:
    return licence.spdx and " " not in licence.text
