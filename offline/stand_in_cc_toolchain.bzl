"""A C++ toolchain for architectures that the machine has no compiler for."""

def _stand_in_cc_toolchain_impl(ctx):
    return [ctx.attr._machine[platform_common.ToolchainInfo]]

stand_in_cc_toolchain = rule(
    doc = "The machine's own compiler under another name: Bazel 7's py_binary asks for one, and nothing runs it.",
    implementation = _stand_in_cc_toolchain_impl,
    attrs = {
        "_machine": attr.label(
            cfg = "exec",
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
    },
)
