"""Programs for `bazel run` and `bazel test`: the tool's interpreter on the tool's main file, with a manifest."""

load("//rules/private/actions:action_tool.bzl", "ActionToolInfo")
load("//rules/private/actions:actions.bzl", "label_text")
load("//rules/private/config:transitions.bzl", "host_transition")

visibility(["//rules/..."])

# Nothing of this runs in an action: it is what a person or CI starts.
_LAUNCHER = """#!/bin/sh
# Starts `{command}` for {label}.
set -eu
runfiles=${{RUNFILES_DIR-}}
if [ ! -e "$runfiles/{workspace}/{manifest}" ]; then # not set, or another program's
  self=$0
  [ -d "$self.runfiles" ] || self=$(readlink -f "$0")
  runfiles=$self.runfiles
fi
: "${{BUILD_WORKING_DIRECTORY:=$PWD}}"
export BUILD_WORKING_DIRECTORY
case $runfiles in /*) ;; *) runfiles=$PWD/$runfiles ;; esac
cd "$runfiles/{workspace}"
exec "{interpreter}" -I -B "{main}" "@{manifest}" "$@"
"""

# For programs of `bazel run`: they run on the machine that Bazel runs on.
HOST_ATTRS = {
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
    "_host_tool": attr.label(
        cfg = host_transition,
        default = "//rules/private/actions:action",
        providers = [ActionToolInfo],
    ),
}

def host_launcher(ctx, command, files, fields, lines = [], runfiles = []):
    """`launcher` for the machine that Bazel runs on; the rule's attributes include `HOST_ATTRS`.

    Args:
        ctx: the rule context.
        command: as for `launcher`.
        files: as for `launcher`.
        fields: as for `launcher`.
        lines: as for `launcher`.
        runfiles: as for `launcher`.

    Returns:
        DefaultInfo, as `launcher`.
    """
    return launcher(ctx, ctx.attr._host_tool[0][ActionToolInfo], command, files, fields, lines, runfiles)

def launcher(ctx, tool, command, files, fields, lines = [], runfiles = []):
    """Writes an executable that runs `command` with a manifest.

    Args:
        ctx: the rule context.
        tool: ActionToolInfo, for the platform on which it is started.
        command: the command's name in `actions/main.py`.
        files: depset of File that the manifest names, by their `short_path`.
        fields: dict, JSON values of the manifest.
        lines: list of string, more lines of the manifest.
        runfiles: list of runfiles that the manifest names, too.

    Returns:
        DefaultInfo with the executable and its runfiles.
    """
    interpreter = tool.interpreter if type(tool.interpreter) == "string" else tool.interpreter.short_path
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest.json")
    content = [json.encode(fields | {"label": label_text(ctx.label)})] + lines + [json.encode({"action": command})]
    ctx.actions.write(manifest, "\n".join(content) + "\n")
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        executable,
        _LAUNCHER.format(
            command = command,
            interpreter = interpreter,
            label = ctx.label,
            main = tool.main.short_path,
            manifest = manifest.short_path,
            workspace = ctx.workspace_name,
        ),
        is_executable = True,
    )
    return DefaultInfo(
        executable = executable,
        files = depset([executable]),
        runfiles = ctx.runfiles([manifest], transitive_files = depset(transitive = [files, tool.files[command]])).merge_all(runfiles),
    )
