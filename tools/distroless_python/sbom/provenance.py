"""An in-toto statement of SLSA provenance: which archives and which base an image was made of.

https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md and https://slsa.dev/spec/v1.0/provenance
"""

from __future__ import annotations

from typing import Any

from distroless_python.sbom.contents import ImageContents

MEDIA_TYPE = "application/vnd.in-toto+json"

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:rules_distroless_python:py_image:v1"
_BUILDER = "urn:rules_distroless_python:bazel"  # who ran it is said by who signs


def statement(contents: ImageContents) -> dict[str, Any]:
    """The statement: how the image is made again, and of which wheels, packages and base, each with its digest."""
    archives = [
        {"uri": part.purl, **({"digest": {"sha256": part.sha256}} if part.sha256 else {})}
        for part in contents.components
        if part.purl
    ]
    base = {
        "name": "base",
        "uri": f"pkg:oci/base@{contents.base}",
        "digest": {"sha256": contents.base.partition(":")[2]},
    }
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": contents.label, "digest": {"sha256": contents.image.hex}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": contents.recipe.json(),
                "resolvedDependencies": [base, *archives],
            },
            "runDetails": {"builder": {"id": _BUILDER}},
        },
    }
