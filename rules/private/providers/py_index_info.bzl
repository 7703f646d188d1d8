"""PyIndexInfo: an image index."""

visibility(["//rules/...", "//tests/..."])

PyIndexInfo = provider(
    doc = "An image index: the same image for several platforms. `:NAME.layout` is the OCI layout of it.",
    fields = {
        "descriptor": "File: JSON with `digest`, `size` and `mediaType` of the index.",
        "digest": "File: the index's digest as text, `sha256:<hex>`.",
        "documents": "list of struct, as in PyImageInfo.documents: about its images.",
        "images": "dict of string to PyImageInfo: by platform, `linux/amd64`.",
        "index": "File: the index, JSON.",
    },
)
