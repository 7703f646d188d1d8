"""PyWheelInfo: a wheel, its closure, and the layers made from them."""

visibility(["//rules/...", "//tests/..."])

def new_wheel(*, distribution, version, file, layers):
    """A distribution, as PyWheelInfo.closure has it.

    Args:
        distribution: string, its normalised name (PEP 503).
        version: string.
        file: File or None, the `.whl`; None for one that was extracted elsewhere.
        layers: list of struct, as in PyLayerInfo.layers, in an image's configuration; empty otherwise.

    Returns:
        struct of these.
    """
    return struct(distribution = distribution, file = file, layers = tuple(layers), version = version)

PyWheelInfo = provider(
    doc = "A distribution as a wheel, with everything it requires, for the image's Python and platform.",
    fields = {
        "closure": """depset of struct: this wheel and all that it requires, each with `distribution` (string, normalised name),
`version` (string), `file` (File, the `.whl`) and `layers` (list of struct, as in PyLayerInfo.layers: one, or more of a large
wheel; none on the developer's machine).""",
        "distribution": "string: the normalised name (PEP 503).",
        "file": "File: the `.whl`.",
        "version": "string: the version.",
    },
)
