"""PyLayerInfo: layers with their facts."""

visibility(["//rules/...", "//tests/..."])

PyLayerInfo = provider(
    doc = "Layer files, in the order they were made; the image decides which share a layer.",
    fields = {
        "layers": """depset of struct: `layer` (File, a complete `.tar.gz` layer), `facts` (File, its JSON: digests, sizes,
files) and `elf` (File or None, the ELF facts of what is in it); where it was made of one archive, `source` (File, the `.whl` or `.deb`).""",
    },
)
