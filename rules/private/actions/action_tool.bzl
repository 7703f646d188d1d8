"""action_tool: the Python program that actions run, with the interpreter that runs it."""

load("//rules/private/config:transitions.bzl", "tool_transition")
load(":sources.bzl", "GROUPS", "SOURCES")

visibility(["//rules/...", "//tools/...", "//tests/..."])

PYTHON_TOOLCHAIN = "@rules_python//python:toolchain_type"

ActionToolInfo = provider(
    doc = "How to start a Python program without a launcher: interpreter, main file and sources.",
    fields = {
        "files": "dict: a command's name to depset of File, the sources that it imports and the interpreter's files.",
        "interpreter": "File or string: the interpreter, or its absolute path where it is the machine's own.",
        "main": "File: the program's main file.",
    },
)

_PACKAGE = "tools/distroless_python/"

def _action_tool_impl(ctx):
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN].py3_runtime
    sources = {"{}/{}".format(f.owner.package, f.owner.name).removeprefix(_PACKAGE): f for f in ctx.files.srcs}
    groups = {
        group: depset([sources[path] for path in paths], transitive = [runtime.files] if runtime.files else [])
        for group, paths in SOURCES.items()
    }
    return [
        ActionToolInfo(
            files = {command: groups[group] for command, group in GROUPS.items()},
            interpreter = runtime.interpreter or runtime.interpreter_path,
            main = ctx.file.main,
        ),
        DefaultInfo(files = depset(ctx.files.srcs)),
    ]

action_tool = rule(
    implementation = _action_tool_impl,
    doc = "Names a Python program for actions. Depend on it with `cfg = \"exec\"`, so the interpreter is the executing machine's.",
    attrs = {
        "main": attr.label(
            doc = "The file that the interpreter is started with.",
            allow_single_file = [".py"],
            mandatory = True,
        ),
        "srcs": attr.label_list(
            doc = "All sources of the program, `main` included.",
            allow_files = [".py"],
            mandatory = True,
        ),
    },
    cfg = tool_transition,
    provides = [ActionToolInfo],
    toolchains = [PYTHON_TOOLCHAIN],
)
