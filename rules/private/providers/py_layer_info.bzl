"""PyLayerInfo: layers with what is known of them."""

visibility(["//rules/...", "//tests/..."])

def new_layer(*, layer, facts, contents, source = None, recipe = ""):
    """A layer, as PyLayerInfo has it.

    Args:
        layer: File, a complete `.tar.gz` layer.
        facts: File, its layer.json.
        contents: File, its contents.json.
        source: File or None, the `.whl` or `.deb` that it was made of, where it was made of one archive.
        recipe: string, JSON: how it is made again of what its facts and its source do not say; empty where nobody knows.

    Returns:
        struct of these.
    """
    return struct(contents = contents, facts = facts, layer = layer, recipe = recipe, source = source)

def layer_files(layers):
    """Every file about some layers, for an action's inputs.

    Args:
        layers: list of struct, as `new_layer` returns.

    Returns:
        list of File.
    """
    return [file for layer in layers for file in (layer.layer, layer.facts, layer.contents)]

def _init(*, layers):
    for layer in layers.to_list():
        if [name for name in ("contents", "facts", "layer", "recipe", "source") if not hasattr(layer, name)]:
            fail("PyLayerInfo: a layer is {}. Make it by new_layer(layer = ..., facts = ..., contents = ...).".format(layer))
    return {"layers": layers}

PyLayerInfo, _new = provider(
    doc = "Layer files, in the order they were made; the image decides which share a layer.",
    init = _init,
    fields = {
        "layers": """depset of struct, each made by `new_layer`: `layer` (File, a complete `.tar.gz` layer), `facts` (File, JSON: digests, sizes,
what a distribution says of itself), `contents` (File, JSON: the listing and what was seen in the files), `source` (File or None, the
`.whl` or `.deb` that it was made of) and `recipe` (string, for the provenance).""",
    },
)
