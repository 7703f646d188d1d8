"""current_base: the base that the image in the making is on, with what was read from it."""

load("//rules/private/config:image_setting.bzl", "is_tool")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load(":base_aspect.bzl", "base_aspect")

visibility(["//rules/..."])

def _current_base_impl(ctx):
    return [ctx.attr.base[PyBaseInfo]] if PyBaseInfo in ctx.attr.base and not is_tool(ctx) else []

current_base = rule(
    implementation = _current_base_impl,
    doc = "Gives PyBaseInfo in an image's configuration, and nothing on the developer's machine.",
    attrs = {
        "base": attr.label(
            aspects = [base_aspect],
            doc = "The flag that py_image's transition sets.",
            mandatory = True,
        ),
    },
)
