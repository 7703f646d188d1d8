"""py_venv: a virtual environment for editors."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private/deliver:launcher.bzl", "HOST_ATTRS", "host_launcher")

visibility(["//rules/..."])

def _py_venv_impl(ctx):
    imports = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps])
    files = depset(transitive = [dep[DefaultInfo].default_runfiles.files for dep in ctx.attr.deps])
    return [host_launcher(
        ctx,
        "venv",
        files,
        {
            "directory": ctx.attr.directory,
            "imports": imports.to_list(),
            "workspace": ctx.workspace_name,
        },
    )]

py_venv = rule(
    implementation = _py_venv_impl,
    doc = """`bazel run` it: a virtual environment in the workspace, for editors: wheels of a hub for the machine's Python, and import roots.

Nothing is installed: it names where Bazel unpacked the wheels, and the sources where they are. Run it again after a change of the
locks, or after `bazel clean`.""",
    attrs = HOST_ATTRS | {
        "deps": attr.label_list(
            doc = "Targets whose wheels and imports it has: programs, tests, `@pypi//pytest`.",
            mandatory = True,
            providers = [PyInfo],
        ),
        "directory": attr.string(
            default = ".venv",
            doc = "Where it is made, in the workspace; what was made there before is replaced.",
        ),
    },
    executable = True,
)
