"""py_image_starts_test: the image's program starts, listens, and stops."""

load("//rules/private/actions:action_tool.bzl", "ActionToolInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text")
load("//rules/private/deliver:launcher.bzl", "launcher")
load("//rules/private/image:stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_of", "image_runfiles")

visibility(["//rules/..."])

def _py_image_starts_test_impl(ctx):
    profile = image_of(ctx, ctx.attr.image).base.profile
    if not ctx.attr.path.startswith("/"):
        fail("{}: path = \"{}\" does not begin with a slash. Write \"/{}\".".format(ctx.label, ctx.attr.path, ctx.attr.path))
    if ctx.attr.seconds < 1:
        fail("{}: seconds = {} is not a time to stay up. Write 1 or more.".format(ctx.label, ctx.attr.seconds))
    return [
        # Its sandbox is bubblewrap's; in Bazel's it could not share unpacked layers (docs/explanation/decisions.md).
        testing.ExecutionInfo({"no-sandbox": "1"}),
        launcher(
            ctx,
            ctx.attr._tool[ActionToolInfo],
            "image-starts",
            depset([profile]),
            {
                "by_macro": ctx.label.name == ctx.attr.image.label.name + "_starts",
                "env": ctx.attr.env,
                "image_label": label_text(ctx.attr.image.label),
                "path": ctx.attr.path,
                "ports": ctx.attr.ports or None,
                "profile": profile.short_path,
                "seconds": ctx.attr.seconds,
            } | image_fields(ctx.attr.image),
            runfiles = [image_runfiles(ctx, ctx.attr.image)],
        ),
    ]

py_image_starts_test = rule(
    implementation = _py_image_starts_test_impl,
    doc = """Starts the image's program as a container would, waits until it listens, and stops it by the image's `stop_signal`.

It has to listen on each TCP port that the image exposes, reachable from outside of a container; without one, to stay up for
`seconds`. Each port is asked for `path`. It fails where the program ends, where its workers end one after another, and where it
answers with 5xx and a traceback. The test brings no database and no other service. Where the last traceback is about one that is not
there (a refused connection, a name that means nothing, a missing table), the test passes and prints that. Any other answer passes,
and so does a 5xx about which nothing was printed.

`py_image(..., starts = True)` makes one, `:image_starts`. Needs bubblewrap. A machine that cannot run the image
(another architecture without QEMU, no user namespaces) skips the test: it prints SKIPPED with the reason and passes;
`--test_env=DISTROLESS_STARTS=required` makes that an error.""",
    attrs = TOOL_ATTRS | {
        "env": attr.string_dict(
            doc = "Environment variables that the program needs, over the image's.",
        ),
        "image": attr.label(
            doc = "The `py_image`.",
            mandatory = True,
            providers = IMAGE_OR_INDEX,
        ),
        "path": attr.string(
            default = "/",
            doc = "What is asked for by HTTP, for example `/health`.",
        ),
        "ports": attr.int_list(
            doc = "TCP ports to wait for; by default those that the image exposes.",
        ),
        "seconds": attr.int(
            default = 3,
            doc = "How long a program without a port has to stay up.",
        ),
    },
    test = True,
)
