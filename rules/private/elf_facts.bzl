"""What verification has to know of a layer's ELF files, read once beside the layer."""

load(":actions.bzl", "new_manifest", "run_tool")

visibility(["//rules/..."])

def elf_facts(ctx, layer, name, what):
    """Declares the action that reads a layer's ELF files.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        layer: File, the layer.
        name: string, the output's name without ending.
        what: string, what is in it, for the progress message.

    Returns:
        File, `X.elf.json`.
    """
    elf = ctx.actions.declare_file(name + ".elf.json")
    run_tool(
        ctx,
        command = "elf-facts",
        inputs = [layer],
        manifest = new_manifest(ctx, layer = layer.path, output = elf.path),
        message = "Reading the libraries of " + what,
        mnemonic = "ElfFacts",
        outputs = [elf],
    )
    return elf
