"""The app's layer: first-party runfiles, as they lie under `bazel run`."""

load("//rules/private/actions:actions.bzl", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")
load(":closure_aspect.bzl", "ClosureInfo")
load(":runfiles_lines.bzl", "add_runfiles", "first_party")

visibility(["//rules/..."])

# The directory that all of it goes below.
_PREFIX = "app"

def app_layer(ctx, binary, base, alone, written = {}):
    """Declares the app layer's action.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS` and `app_bytecode`.
        binary: the Python target, in the image's configuration.
        base: PyBaseInfo.
        alone: bool, whether nothing else in an image can have one of its paths.
        written: dict of what the program writes to: `owner`, `volumes` and `symlinks` of the command's manifest.

    Returns:
        list of one struct, as in PyLayerInfo.layers.
    """
    layer = declare_layer(ctx, ctx.label.name + ".app", {"action": "app-layer", "prefix": _PREFIX} | written)
    app = first_party(binary, binary[ClosureInfo].outside)
    manifest = new_manifest(
        ctx,
        alone = alone,
        interpreter = base.compiler.path if ctx.attr.app_bytecode else None,
        label = label_text(binary.label),
        output = layer_fields(layer),
        prefix = _PREFIX,
        python = base.python.path,
        **written
    )
    add_runfiles(manifest, app)
    compiler = [base.compiler] if ctx.attr.app_bytecode else []
    links = [entry.target_file for entry in app.symlinks + app.root_symlinks]
    run_tool(
        ctx,
        command = "app-layer",
        inputs = depset([base.python] + compiler + links, transitive = [app.files]),
        manifest = manifest,
        message = "Creating layer for the files of " + label_text(binary.label),
        mnemonic = "AppLayer",
        outputs = layer_files([layer]),
    )
    return [layer]
