"""The app's layer: first-party runfiles, as they lie under `bazel run`."""

load("//rules/private/actions:actions.bzl", "label_text", "new_manifest", "run_tool")
load(":closure_aspect.bzl", "ClosureInfo")
load(":runfiles_lines.bzl", "add_runfiles", "first_party")

visibility(["//rules/..."])

def app_layer(ctx, binary, base):
    """Declares the app layer's action.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS`.
        binary: the Python target, in the image's configuration.
        base: PyBaseInfo.

    Returns:
        list of one struct, as in PyLayerInfo.layers.
    """
    layer = ctx.actions.declare_file(ctx.label.name + ".app.layer.tar.gz")
    facts = ctx.actions.declare_file(ctx.label.name + ".app.layer.json")
    elf = ctx.actions.declare_file(ctx.label.name + ".app.elf.json")
    app = first_party(binary, binary[ClosureInfo].outside)
    manifest = new_manifest(
        ctx,
        compile = True,
        elf = elf.path,
        facts = facts.path,
        interpreter = base.interpreter.path,
        label = label_text(binary.label),
        output = layer.path,
        prefix = "app",
        profile = base.profile.path,
    )
    add_runfiles(manifest, app)
    links = [entry.target_file for entry in app.symlinks + app.root_symlinks]
    run_tool(
        ctx,
        command = "app-layer",
        inputs = depset([base.profile, base.interpreter] + links, transitive = [app.files]),
        manifest = manifest,
        message = "Creating layer for the files of " + label_text(binary.label),
        mnemonic = "AppLayer",
        outputs = [layer, facts, elf],
    )
    return [struct(elf = elf, facts = facts, layer = layer)]
