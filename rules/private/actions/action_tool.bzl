"""action_tool: the Python program that actions run, with the interpreter that runs it."""

load("//rules/private/config:transitions.bzl", "tool_transition")

visibility(["//rules/...", "//tools/...", "//tests/..."])

PYTHON_TOOLCHAIN = "@rules_python//python:toolchain_type"

ActionToolInfo = provider(
    doc = "How to start a Python program without a launcher: interpreter, main file and sources.",
    fields = {
        "files": "depset of File: the program's sources and the interpreter's files.",
        "interpreter": "File or string: the interpreter, or its absolute path where it is the machine's own.",
        "main": "File: the program's main file.",
    },
)

def _action_tool_impl(ctx):
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN].py3_runtime
    return [
        ActionToolInfo(
            files = depset(ctx.files.srcs, transitive = [runtime.files] if runtime.files else []),
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
