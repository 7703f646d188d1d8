"""base_interpreter: the Python of a base's packages, to be run on the machine that builds."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "layer_line", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")

visibility("public")  # loaded by the repositories that the extension makes

BaseInterpreterInfo = provider(
    doc = "A Python that was taken out of a base.",
    fields = {
        "architecture": "string: of the machine that it runs on.",
        "compiler": "File: a directory with what of it compiles.",
        "interpreter": "File: a directory with it, as docs/explanation/architecture.md describes.",
        "packages": "depset of struct, as in PyLayerInfo.layers: what it was taken out of.",
    },
)

def _base_interpreter_impl(ctx):
    layers = depset(transitive = [p[PyLayerInfo].layers for p in ctx.attr.packages], order = "preorder")
    interpreter = ctx.actions.declare_directory(ctx.label.name)
    compiler = ctx.actions.declare_directory(ctx.label.name + ".compiler")
    manifest = new_manifest(
        ctx,
        architecture = ctx.attr.architecture,
        compiler = compiler.path,
        label = label_text(ctx.label),
        output = interpreter.path,
    )
    manifest.add_all(layers, map_each = layer_line)
    run_tool(
        ctx,
        command = "packages-interpreter",
        inputs = layer_files(layers.to_list()),
        manifest = manifest,
        message = "Extracting the interpreter %{label}",
        mnemonic = "BaseInterpreter",
        outputs = [interpreter, compiler],
    )
    return [
        BaseInterpreterInfo(
            architecture = ctx.attr.architecture,
            compiler = compiler,
            interpreter = interpreter,
            packages = layers,
        ),
        DefaultInfo(files = depset([interpreter])),
    ]

base_interpreter = rule(
    implementation = _base_interpreter_impl,
    doc = "The Python of a base's packages: loader, libraries, program and standard library.",
    attrs = TOOL_ATTRS | {
        "architecture": attr.string(
            doc = "Debian's word for the architecture.",
            mandatory = True,
            values = ["amd64", "arm64"],
        ),
        "packages": attr.label_list(
            doc = "The packages' layers, lowest first.",
            mandatory = True,
            providers = [PyLayerInfo],
        ),
    },
    cfg = base_transition,
    provides = [BaseInterpreterInfo],
)
