"""PyBaseInfo: a base image and what was read from it, once."""

visibility(["//rules/...", "//tests/..."])

PyBaseInfo = provider(
    doc = "A base image with Python, and the facts that layers and verification need. Made by an aspect on any OCI layout.",
    fields = {
        "added": "list of string: the Debian packages that its lock has for `py_image(debs = ...)`.",
        "architecture": "string: the architecture that was read from the layout, in Go's words (`amd64`, `arm64`).",
        "files": "depset of File: the layout, and what its blobs are links to.",
        "interpreter": "File: a directory with the base's own interpreter, to run at build time.",
        "layout": "File: the OCI layout directory.",
        "lock": "string: path in the workspace of the lock it was made from; empty for one that was pulled.",
        "packages": "depset of struct, as in PyLayerInfo.layers: what the base was made of; empty for one that was pulled.",
        "profile": "File: profile.json, the facts (Python and glibc versions, paths, layers, ELF exports).",
    },
)
