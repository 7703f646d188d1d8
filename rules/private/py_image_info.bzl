"""PyImageInfo: a finished image."""

visibility(["//rules/...", "//tests/..."])

PyImageInfo = provider(
    doc = "An image or an image index as an OCI layout.",
    fields = {
        "base": "PyBaseInfo or None: the base; None for an index.",
        "descriptor": "File: JSON with `digest`, `size`, `mediaType` and, for a single image, `platform` of the manifest.",
        "layout": "File: the OCI layout directory; its blobs are links to layers in the output tree.",
    },
)
