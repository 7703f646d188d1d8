"""PyWheelInfo: a wheel, its closure, and the layers made from them."""

visibility(["//rules/...", "//tests/..."])

PyWheelInfo = provider(
    doc = "A distribution as a wheel, with everything it requires, for the image's Python and platform.",
    fields = {
        "closure": """depset of struct: this wheel and all that it requires, each with `distribution` (string, normalised name),
`version` (string), `file` (File, the `.whl`), and, in an image's configuration, `layer`, `facts` and `elf` (Files; None otherwise).""",
        "distribution": "string: the normalised name (PEP 503).",
        "file": "File: the `.whl`.",
        "version": "string: the version.",
    },
)
