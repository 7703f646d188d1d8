"""PyImageInfo: an image."""

visibility(["//rules/...", "//tests/..."])

PyImageInfo = provider(
    doc = "An image: JSON of its own, and layers where they were made. `:NAME.layout` is the OCI layout of it.",
    fields = {
        "base": "PyBaseInfo: what it is on.",
        "config": "File: its config, JSON.",
        "descriptor": "File: JSON with `digest`, `size`, `mediaType` and `platform` of the manifest.",
        "digest": "File: the manifest's digest as text, `sha256:<hex>`.",
        "documents": """list of struct: documents about the image, each with `file` (File), `kind` (string, `sbom` or `provenance`),
`artifact_type` (string, its media type) and `descriptor` (File, of the image that it is about).""",
        "files": "depset of File: all that it is read from.",
        "layers": "depset of struct, as in PyLayerInfo.layers: what is on the base.",
        "manifest": "File: its manifest, JSON.",
    },
)
