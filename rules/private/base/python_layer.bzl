"""python_layer: a CPython that was built to be moved becomes a layer of a base."""

load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")

visibility("public")  # loaded by the repositories that the extension makes

def _file_line(file):
    # A path of an external repository has `../` before it.
    return json.encode({"files": [{"path": file.short_path.removeprefix("../"), "source": file.path}]})

def _python_layer_impl(ctx):
    layer = declare_layer(ctx, ctx.label.name, {"action": "python-layer", "python": ctx.attr.python})
    given = ctx.attr.interpreter
    files = given[DefaultInfo].files
    if PyRuntimeInfo in given:
        if not given[PyRuntimeInfo].files:
            fail("{}: the interpreter {} is the machine's own ({}), of which Bazel has no files. {}".format(
                ctx.label,
                given.label,
                given[PyRuntimeInfo].interpreter_path,
                "Give a tree of files: a directory, a filegroup, an archive, or a hermetic toolchain's py_runtime.",
            ))
        files = depset([given[PyRuntimeInfo].interpreter], transitive = [given[PyRuntimeInfo].files])
    manifest = new_manifest(
        ctx,
        label = label_text(ctx.label),
        output = layer_fields(layer),
        python = ctx.attr.python,
    )
    manifest.add_all(files, map_each = _file_line, expand_directories = False)
    run_tool(
        ctx,
        command = "python-layer",
        inputs = files,
        manifest = manifest,
        message = "Creating layer for the Python of %{label}",
        mnemonic = "PythonLayer",
        outputs = layer_files([layer]),
    )
    return [
        DefaultInfo(files = depset([layer.layer])),
        PyLayerInfo(layers = depset([layer])),
    ]

python_layer = rule(
    implementation = _python_layer_impl,
    doc = "One layer from a CPython tree, below `/usr/local`: without pip, idle, tkinter, tests, headers and static libraries.",
    attrs = TOOL_ATTRS | {
        "interpreter": attr.label(
            doc = "The tree: its files, its directory, an archive of it, or a `py_runtime` with its files.",
            allow_files = True,
            mandatory = True,
        ),
        "python": attr.string(
            doc = "Its version, for example `3.14`.",
            mandatory = True,
        ),
    },
    cfg = base_transition,
    provides = [PyLayerInfo],
)
