"""image_setting: a flag of the image's configuration, without the tools that are built for it."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")

visibility(["//rules/..."])

def is_tool(ctx):
    """Whether a target is built to run during the build. Flags reach this configuration too, so they do not tell.

    Args:
        ctx: the context of a rule or an aspect.

    Returns:
        bool.
    """
    return "exec" in ctx.bin_dir.path.split("/")[1].split("-")

def _image_setting_impl(ctx):
    return [config_common.FeatureFlagInfo(value = "" if is_tool(ctx) else ctx.attr.flag[BuildSettingInfo].value)]

image_setting = rule(
    implementation = _image_setting_impl,
    doc = "The value of a string flag for what goes into an image; empty for a tool, which runs on the developer's machine.",
    attrs = {
        "flag": attr.label(
            doc = "The flag.",
            mandatory = True,
            providers = [BuildSettingInfo],
        ),
    },
)
