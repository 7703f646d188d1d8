"""What actions run: a Python program, of which each command has the sources that it imports."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules/private/actions:action_tool.bzl", "ActionToolInfo")  # buildifier: disable=bzl-visibility

_PACKAGE = "tools/distroless_python/"

def _folders(info, command):
    """The folders of the Python program that a command has sources of."""
    paths = [file.short_path.removeprefix(_PACKAGE) for file in info.files[command].to_list() if file.short_path.startswith(_PACKAGE)]
    return {path.split("/")[0]: True for path in paths if "/" in path}

def _tool_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[ActionToolInfo]
    asserts.equals(env, "tools/distroless_python/actions/main.py", info.main.short_path)
    for command, files in info.files.items():
        asserts.true(env, info.main in files.to_list(), "it starts " + command)
        if type(info.interpreter) == "File":
            asserts.true(env, info.interpreter in files.to_list(), "it runs " + command)
    asserts.true(env, "verify" in _folders(info, "verify"))
    for command in ("app-layer", "deb-layer", "tree-layer", "wheel-layer"):
        asserts.true(env, "layer" in _folders(info, command), command)
        asserts.false(env, "verify" in _folders(info, command), "a change of verification makes no layer again: " + command)
    return analysistest.end(env)

tool_test = analysistest.make(_tool_impl)
