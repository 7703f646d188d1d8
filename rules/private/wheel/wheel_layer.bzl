"""The action that makes the layer of a `.whl`, wherever the file comes from."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")

visibility(["//rules/..."])

def wheel_layers(ctx, *, base, file, label, name, direct = False, exclude = [], parts = 1, sha256 = None):
    """Declares the layers of a wheel.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        base: PyBaseInfo.
        file: File, the `.whl`.
        label: Label, whose wheel it is.
        name: string, the outputs' name without ending.
        direct: bool, whether the requirements name the distribution themselves.
        exclude: list of string, patterns of files that are left out.
        parts: int, how many layers it is.
        sha256: string or None, the file's SHA-256 in hexadecimal.

    Returns:
        list of struct, as in PyLayerInfo.layers.
    """
    recipe = {"action": "wheel-layer", "built": not file.is_source, "direct": direct, "exclude": exclude}
    return [
        _layer(ctx, base, file, label, name, recipe, part, parts, sha256)
        for part in range(1, parts + 1)
    ]

def _layer(ctx, base, file, label, name, recipe, part, parts, sha256):
    layer = declare_layer(
        ctx,
        name if part == 1 else "{}.{}".format(name, part),
        recipe | ({"part": part, "parts": parts} if parts > 1 else {}),
        source = file,
    )
    run_tool(
        ctx,
        command = "wheel-layer",
        inputs = [file, base.python, base.compiler],
        manifest = new_manifest(
            ctx,
            direct = recipe["direct"],
            exclude = recipe["exclude"],
            interpreter = base.compiler.path,
            label = label_text(label),
            output = layer_fields(layer),
            part = part,
            parts = parts,
            python = base.python.path,
            sha256 = sha256,
            wheel = file.path,
        ),
        message = "Creating layer for " + file.basename + (" ({} of {})".format(part, parts) if parts > 1 else ""),
        mnemonic = "WheelLayer",
        outputs = layer_files([layer]),
    )
    return layer
