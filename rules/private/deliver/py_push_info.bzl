"""PyPushInfo: what a push needs, for pushes of many."""

visibility(["//rules/...", "//tests/..."])

PyPushInfo = provider(
    doc = "Images and where they go.",
    fields = {
        "lines": "depset of string: lines of the manifest of `push-all`, one a push.",
        "runfiles": "runfiles: what is read.",
    },
)
