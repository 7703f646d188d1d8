"""py_image_test: runs something in the unpacked image, with the image's own interpreter."""

load("//rules/private/actions:action_tool.bzl", "ActionToolInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS")
load("//rules/private/deliver:launcher.bzl", "launcher")
load("//rules/private/image:stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_of", "image_runfiles")

visibility(["//rules/..."])

_ARCHITECTURE = "//rules:architecture"

def _platform_impl(settings, attr):
    return {_ARCHITECTURE: attr.platform.split("/")[1] if attr.platform else settings[_ARCHITECTURE]}

_platform_transition = transition(
    implementation = _platform_impl,
    inputs = [_ARCHITECTURE],
    outputs = [_ARCHITECTURE],
)

def _py_image_test_impl(ctx):
    target = ctx.attr.image[0]
    profile = image_of(ctx, target).base.profile
    chosen = [name for name in ("command", "module", "main") if getattr(ctx.attr, name)]
    if len(chosen) > 1:
        fail("{}: {} exclude each other: keep one.".format(ctx.label, " and ".join(chosen)))
    mounts = [
        {"source": file.short_path, "target": "/test/" + file.basename}
        for file in ctx.files.srcs + ([ctx.file.main] if ctx.file.main else [])
    ]
    fields = {}
    if ctx.attr.port:
        fields["server"] = {
            "port": ctx.attr.port,
            "requests": [{"body": body, "path": path} for path, body in ctx.attr.requests.items()],
        }
    elif ctx.attr.requests:
        fail("{}: requests need port = ..., the port that the image listens on.".format(ctx.label))

    # Its sandbox is bubblewrap's; in Bazel's it could not share unpacked layers (docs/explanation/decisions.md).
    execution = testing.ExecutionInfo({"no-sandbox": "1"})
    return [execution, launcher(
        ctx,
        ctx.attr._tool[ActionToolInfo],
        "image-test",
        depset([profile] + ctx.files.srcs + ([ctx.file.main] if ctx.file.main else [])),
        {
            "args": ctx.attr.image_args or None,
            "command": ctx.attr.command,
            "env": ctx.attr.env,
            "exit_code": ctx.attr.exit_code,
            "main": "/test/" + ctx.file.main.basename if ctx.file.main else "",
            "module": ctx.attr.module,
            "module_args": ctx.attr.module_args,
            "mounts": mounts,
            "network": ctx.attr.network,
            "profile": profile.short_path,
            "stderr": ctx.attr.stderr,
            "stdout": ctx.attr.stdout,
        } | fields | image_fields(target),
        runfiles = [image_runfiles(ctx, target)],
    )]

py_image_test = rule(
    implementation = _py_image_test_impl,
    doc = """Runs a command in the unpacked image: read-only root, user 65532, no network unless asked, no shell.

What runs is `command`, `module` or `main`, else the image's entrypoint. With `port`, the entrypoint runs as a server beside
it: `requests` are asked, and `command`, `module` or `main` is its client, with `BASE_URL` in its environment. Needs bubblewrap.""",
    attrs = TOOL_ATTRS | {
        "command": attr.string_list(
            doc = "Program (absolute in the image) and arguments.",
        ),
        "env": attr.string_dict(
            doc = "Environment variables, over the image's.",
        ),
        "exit_code": attr.int(
            default = 0,
            doc = "What the program has to exit with.",
        ),
        "image": attr.label(
            cfg = _platform_transition,
            doc = "The `py_image`.",
            mandatory = True,
            providers = IMAGE_OR_INDEX,
        ),
        "image_args": attr.string_list(
            doc = "Arguments for the image's entrypoint, instead of the image's own `args`.",
        ),
        "main": attr.label(
            allow_single_file = [".py"],
            doc = "A Python file to run with the image's interpreter, for example a client of the server.",
        ),
        "module": attr.string(
            doc = "A module of the image to run as `python -m`, for example `pytest`.",
        ),
        "module_args": attr.string_list(
            doc = "Its arguments; `srcs` are in `/test`.",
        ),
        "network": attr.bool(
            doc = "Whether the machine's network can be reached.",
        ),
        "platform": attr.string(
            doc = "The image's platform where the image does not fix its own: `linux/arm64` on an amd64 machine runs by QEMU's user emulation.",
            values = ["", "linux/amd64", "linux/arm64"],
        ),
        "port": attr.int(
            doc = "The TCP port that the image's entrypoint listens on.",
        ),
        "requests": attr.string_dict(
            doc = "Path to a regular expression that the body of a 200 answer has to match.",
        ),
        "srcs": attr.label_list(
            allow_files = True,
            doc = "Files to show in `/test`, read-only.",
        ),
        "stderr": attr.string(
            doc = "A regular expression to be found in standard error.",
        ),
        "stdout": attr.string(
            doc = "A regular expression to be found in standard output.",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)
