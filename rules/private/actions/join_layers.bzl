"""The action that makes one layer of several: their bytes are copied."""

load("//rules/private/providers:py_layer_info.bzl", "layer_files")
load(":actions.bzl", "declare_layer", "label_text", "layer_fields", "layer_line", "new_manifest", "run_tool")

visibility(["//rules/..."])

def join_layers(ctx, name, layers, title = ""):
    """Declares the action; no layer may name a path twice, so whoever comes first keeps it.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS`.
        name: string, the outputs' name without ending.
        layers: list of struct, as in PyLayerInfo.layers.
        title: string, what stands before the layers' names in the history; empty for nothing.

    Returns:
        struct, as in PyLayerInfo.layers.
    """
    joined = declare_layer(ctx, name, {
        "action": "layer-group",
        "parts": [layer.facts.path for layer in layers],
    })
    manifest = new_manifest(ctx, label = label_text(ctx.label), output = layer_fields(joined), title = title)
    manifest.add_all(layers, map_each = layer_line)
    run_tool(
        ctx,
        command = "layer-group",
        inputs = layer_files(layers),
        manifest = manifest,
        message = "Joining layers of %{label}",
        mnemonic = "LayerGroup",
        outputs = layer_files([joined]),
    )
    return joined
