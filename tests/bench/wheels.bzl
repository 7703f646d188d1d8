"""The wheels that a benchmark makes layers of: those of an image, whatever Python this machine has."""

load("//rules:providers.bzl", "PyWheelInfo")
load("//rules/private/config:transitions.bzl", "image_transition")  # buildifier: disable=bzl-visibility

def _image_wheels_impl(ctx):
    files = depset([wheel[PyWheelInfo].file for wheel in ctx.attr.wheels])
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

image_wheels = rule(
    implementation = _image_wheels_impl,
    doc = "The `.whl` files of some distributions, for an image.",
    attrs = {
        "base": attr.label(mandatory = True),
        "platform": attr.string(default = "linux/amd64"),
        "python_version": attr.string(),
        "release": attr.string(),
        "target_architecture": attr.string(),
        "wheels": attr.label_list(
            cfg = image_transition,
            providers = [PyWheelInfo],
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)
