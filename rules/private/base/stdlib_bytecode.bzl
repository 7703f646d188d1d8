"""The bytecode of a base's standard library: a layer for every image on the base."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")

visibility(["//rules/..."])

def stdlib_bytecode(ctx, name, *, compiler, described, interpreter, label):
    """Declares StdlibBytecode, which runs when the first image asks for its layer.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        name: string, the base's name among its outputs.
        compiler: File, the interpreter directory that compiles.
        described: struct, as `declare_described` returns.
        interpreter: File, the base's own interpreter directory.
        label: Label of the base.

    Returns:
        struct, as in PyLayerInfo.layers.
    """
    layer = declare_layer(ctx, name + ".bytecode", {"action": "stdlib-bytecode"})
    run_tool(
        ctx,
        command = "stdlib-bytecode",
        inputs = [compiler, described.contents, described.profile, interpreter],
        manifest = new_manifest(
            ctx,
            compiler = compiler.path,
            contents = described.contents.path,
            interpreter = interpreter.path,
            label = label_text(label),
            output = layer_fields(layer),
            profile = described.profile.path,
        ),
        message = "Compiling the standard library of " + label_text(label),
        mnemonic = "StdlibBytecode",
        outputs = layer_files([layer]),
    )
    return layer
