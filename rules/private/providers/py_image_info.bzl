"""PyImageInfo: a finished image."""

visibility(["//rules/...", "//tests/..."])

PyImageInfo = provider(
    doc = "An image or an image index as an OCI layout.",
    fields = {
        "base": "PyBaseInfo or None: the base; None for an index.",
        "descriptor": "File: JSON with `digest`, `size`, `mediaType` and, for a single image, `platform` of the manifest.",
        "documents": """list of struct: documents about the image, each with `file` (File), `kind` (string, `sbom` or `provenance`),
`artifact_type` (string, its media type) and `descriptor` (File, of the image that it is about).""",
        "files": "depset of File: the layout, and what its blobs are links to.",
        "layers": "depset of struct, as in PyLayerInfo.layers: what is on the base.",
        "layout": "File: the OCI layout directory; its blobs are relative links to layers and to the base's blobs.",
    },
)
