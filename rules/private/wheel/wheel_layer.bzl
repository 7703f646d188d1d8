"""The action that lays a `.whl`, wherever the file comes from."""

load("//rules/private/actions:actions.bzl", "label_text", "new_manifest", "run_tool")

visibility(["//rules/..."])

def wheel_layer(ctx, *, base, file, label, name, direct = False, sha256 = None):
    """Declares the layer of a wheel and what is known of it.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        base: PyBaseInfo.
        file: File, the `.whl`.
        label: Label, whose wheel it is.
        name: string, the outputs' name without ending.
        direct: bool, whether the requirements name the distribution themselves.
        sha256: string or None, the file's SHA-256 in hexadecimal.

    Returns:
        tuple of File: the layer, its facts and its ELF facts.
    """
    layer = ctx.actions.declare_file(name + ".layer.tar.gz")
    facts = ctx.actions.declare_file(name + ".layer.json")
    elf = ctx.actions.declare_file(name + ".elf.json")
    run_tool(
        ctx,
        command = "wheel-layer",
        inputs = [file, base.profile, base.interpreter],
        manifest = new_manifest(
            ctx,
            compile = True,
            direct = direct,
            elf = elf.path,
            facts = facts.path,
            interpreter = base.interpreter.path,
            label = label_text(label),
            output = layer.path,
            profile = base.profile.path,
            sha256 = sha256,
            wheel = file.path,
        ),
        message = "Creating layer for " + file.basename,
        mnemonic = "WheelLayer",
        outputs = [layer, facts, elf],
    )
    return layer, facts, elf
