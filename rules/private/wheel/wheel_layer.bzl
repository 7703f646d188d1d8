"""The action that makes the layer of a `.whl`, wherever the file comes from."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")

visibility(["//rules/..."])

def wheel_layer(ctx, *, base, file, label, name, direct = False, exclude = [], sha256 = None):
    """Declares the layer of a wheel.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        base: PyBaseInfo.
        file: File, the `.whl`.
        label: Label, whose wheel it is.
        name: string, the outputs' name without ending.
        direct: bool, whether the requirements name the distribution themselves.
        exclude: list of string, patterns of files that are left out.
        sha256: string or None, the file's SHA-256 in hexadecimal.

    Returns:
        struct, as in PyLayerInfo.layers.
    """
    recipe = {"action": "wheel-layer", "built": not file.is_source, "direct": direct, "exclude": exclude}
    layer = declare_layer(ctx, name, recipe, source = file)
    run_tool(
        ctx,
        command = "wheel-layer",
        inputs = [file, base.python, base.compiler],
        manifest = new_manifest(
            ctx,
            direct = direct,
            exclude = exclude,
            interpreter = base.compiler.path,
            label = label_text(label),
            output = layer_fields(layer),
            python = base.python.path,
            sha256 = sha256,
            wheel = file.path,
        ),
        message = "Creating layer for " + file.basename,
        mnemonic = "WheelLayer",
        outputs = layer_files([layer]),
    )
    return layer
