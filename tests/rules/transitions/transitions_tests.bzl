"""What an image's configuration is: its platform and its Python; and that of the tools that are run for it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules/private/config:transitions.bzl", "host_transition", "image_transition")  # buildifier: disable=bzl-visibility

_TOOLCHAIN = "@rules_python//python:toolchain_type"

SeenInfo = provider(
    doc = "What a target sees of its configuration.",
    fields = {
        "arm64": "bool: whether its platform is one with an arm64 CPU.",
        "interpreter": "string: path of its toolchain's Python.",
        "tool": "SeenInfo or None: what its tool sees.",
    },
)

def _probe_impl(ctx):
    runtime = ctx.toolchains[_TOOLCHAIN].py3_runtime
    return [SeenInfo(
        arm64 = ctx.target_platform_has_constraint(ctx.attr._arm64[platform_common.ConstraintValueInfo]),
        interpreter = runtime.interpreter_path or runtime.interpreter.path,
        tool = ctx.attr.tool[SeenInfo] if ctx.attr.tool else None,
    )]

probe = rule(
    implementation = _probe_impl,
    doc = "Says what it sees.",
    attrs = {
        "tool": attr.label(
            cfg = "exec",
            providers = [SeenInfo],
        ),
        "_arm64": attr.label(default = "@platforms//cpu:aarch64"),
    },
    toolchains = [_TOOLCHAIN],
)

def _for_image_impl(ctx):
    return [ctx.attr.probe[0][SeenInfo]]

for_image = rule(
    implementation = _for_image_impl,
    doc = "Hands on what a probe sees in an image's configuration.",
    attrs = {
        "base": attr.label(mandatory = True),
        "platform": attr.string(),
        "probe": attr.label(
            cfg = image_transition,
            providers = [SeenInfo],
        ),
        "python_version": attr.string(),
        "release": attr.string(),
        "target_architecture": attr.string(),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def _seen_impl(ctx):
    env = analysistest.begin(ctx)
    seen = analysistest.target_under_test(env)[SeenInfo]
    asserts.equals(env, ctx.attr.arm64, seen.arm64)
    asserts.equals(env, ctx.attr.interpreter, seen.interpreter)
    asserts.false(env, seen.tool.interpreter == ctx.attr.interpreter, "a tool runs with this machine's Python: " + seen.tool.interpreter)
    return analysistest.end(env)

seen_test = analysistest.make(
    _seen_impl,
    attrs = {
        "arm64": attr.bool(),
        "interpreter": attr.string(mandatory = True),
    },
)

def _for_host_impl(ctx):
    return [ctx.attr.probe[0][SeenInfo]]

for_host = rule(
    implementation = _for_host_impl,
    doc = "Hands on what a probe sees in the configuration of what `bazel run` starts.",
    attrs = {
        "probe": attr.label(
            cfg = host_transition,
            providers = [SeenInfo],
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def _host_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.true(env, analysistest.target_under_test(env)[SeenInfo].arm64, "the host's platform, not the build's")
    return analysistest.end(env)

# A build for amd64 on an arm64 machine.
host_test = analysistest.make(
    _host_impl,
    config_settings = {
        "//command_line_option:host_platform": str(Label("//rules:image_linux_arm64")),
        "//command_line_option:platforms": str(Label("//rules:image_linux_amd64")),
    },
)
