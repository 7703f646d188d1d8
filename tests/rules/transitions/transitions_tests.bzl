"""What an image's configuration is: its platform and its Python; and that of the tools that are run for it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load(
    "//rules/private/config:transitions.bzl",
    "base_transition",
    "compiler_transition",
    "host_transition",
    "image_base_transition",
    "image_transition",
    "tool_transition",
)  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "in_image_rule")

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

FlagsInfo = provider(
    doc = "What a target sees of the flags that images set.",
    fields = {
        "flags": "dict of string: the name of a flag to its value, as text.",
    },
)

_FLAGS = ["architecture", "debug", "python", "release"]

def _flags_impl(ctx):
    flags = {flag.label.name: str(flag[BuildSettingInfo].value) for flag in ctx.attr._flags}
    return [FlagsInfo(flags = flags | {"base": ctx.attr._base.label.name})]

flags = rule(
    implementation = _flags_impl,
    doc = "Says which flags it sees.",
    attrs = {
        "_base": attr.label(default = "//rules:base"),
        "_flags": attr.label_list(default = ["//rules:" + name for name in _FLAGS]),
    },
)

def _through_impl(ctx):
    return [ctx.attr.flags[0][FlagsInfo]]

def _through(outer, inner, doc):
    """A rule that hands on what `flags` sees behind a transition; the rule itself is behind another one."""
    return rule(
        implementation = _through_impl,
        doc = doc,
        attrs = {
            "base": attr.label(),
            "debug": attr.bool(),
            "flags": attr.label(
                cfg = inner,
                mandatory = True,
                providers = [FlagsInfo],
            ),
            "platform": attr.string(),
            "python_version": attr.string(),
            "release": attr.string(),
            "target_architecture": attr.string(),
            "_allowlist_function_transition": attr.label(
                default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
            ),
        },
        cfg = outer,
    )

through_image = _through(None, image_transition, "What goes into an image.")
through_image_base = _through(None, image_base_transition, "The base of an image.")
in_image_through_base = _through(image_transition, base_transition, "A base's package, of an image.")
in_image_through_compiler = _through(image_transition, compiler_transition, "What compiles for an image.")
in_image_through_tool = _through(image_transition, tool_transition, "What actions of an image run.")
in_image_through_host = _through(image_transition, host_transition, "What `bazel run` starts for an image.")

_NO_IMAGE = {"base": "no_base", "debug": "False", "python": "", "release": ""}

def _flags_seen_test(seen, settings = {}):
    def implementation(ctx):
        env = analysistest.begin(ctx)
        asserts.equals(env, seen, analysistest.target_under_test(env)[FlagsInfo].flags)
        return analysistest.end(env)

    return analysistest.make(implementation, config_settings = settings)

_DEBUG = {str(Label("//rules:debug")): True}

image_flags_test = _flags_seen_test(
    {"architecture": "arm64", "base": "debian12_base", "debug": "False", "python": "3.11", "release": "debian12"},
    _DEBUG,
)
image_base_flags_test = _flags_seen_test(
    {"architecture": "arm64", "base": "debian12_base", "debug": "True", "python": "3.11", "release": "debian12"},
)
all_bases_flags_test = _flags_seen_test(
    {"architecture": "arm64", "base": "debian12_base", "debug": "True", "python": "3.11", "release": "debian12"},
    _DEBUG,
)
no_debug_flags_test = _flags_seen_test(
    {"architecture": "arm64", "base": "debian12_base", "debug": "False", "python": "3.11", "release": "debian12"},
)
base_flags_test = _flags_seen_test(_NO_IMAGE | {"architecture": "arm64"}, _DEBUG)
compiler_flags_test = _flags_seen_test(_NO_IMAGE | {"architecture": "amd64"}, {"//command_line_option:host_cpu": "k8"})
tool_flags_test = _flags_seen_test(_NO_IMAGE | {"architecture": ""}, _DEBUG)
host_flags_test = _flags_seen_test(_NO_IMAGE | {"architecture": ""}, _DEBUG)

def _hand_on_setting(target):
    return [target[config_common.FeatureFlagInfo]]

setting_in_image = in_image_rule(_hand_on_setting, "Hands on what an `image_setting` is in an image's configuration.")

def _setting_of_tool_impl(ctx):
    return [ctx.attr.setting[config_common.FeatureFlagInfo]]

setting_of_tool = rule(
    implementation = _setting_of_tool_impl,
    doc = "Hands on what an `image_setting` is for a tool.",
    attrs = {"setting": attr.label(cfg = "exec")},
)

def _setting_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.equals(env, ctx.attr.value, analysistest.target_under_test(env)[config_common.FeatureFlagInfo].value)
    return analysistest.end(env)

setting_test = analysistest.make(_setting_impl, attrs = {"value": attr.string()})

# Flags reach the tools' configuration, too.
setting_of_tool_test = analysistest.make(
    _setting_impl,
    attrs = {"value": attr.string()},
    config_settings = {str(Label("//rules:release")): "debian12"},
)
