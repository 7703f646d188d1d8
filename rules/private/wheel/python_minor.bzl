"""python_minor: the Python version of the toolchain, as something that `config_setting` can match."""

load("//rules/private/actions:action_tool.bzl", "PYTHON_TOOLCHAIN")

visibility(["//rules/...", "//tests/..."])

def _python_minor_impl(ctx):
    runtime = ctx.toolchains[PYTHON_TOOLCHAIN].py3_runtime
    version = getattr(runtime, "interpreter_version_info", None)
    minor = "{}.{}".format(version.major, version.minor) if version else ctx.attr.fallback
    return [config_common.FeatureFlagInfo(value = minor)]

python_minor = rule(
    implementation = _python_minor_impl,
    doc = "The resolved toolchain's `X.Y`.",
    attrs = {
        "fallback": attr.string(
            doc = "The `X.Y` where the toolchain does not say its version: that of the machine's `python3`.",
            mandatory = True,
        ),
    },
    toolchains = [PYTHON_TOOLCHAIN],
)
