"""py_image_run: starts an image on this machine."""

load("//rules/private/actions:actions.bzl", "label_text")
load("//rules/private/image:stored_image.bzl", "image_runfields", "image_runfiles")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load(":launcher.bzl", "HOST_ATTRS", "host_launcher")

visibility(["//rules/..."])

def _py_image_run_impl(ctx):
    profile = ctx.attr.image[PyImageInfo].base.profile
    return [host_launcher(
        ctx,
        "image-run",
        depset([profile]),
        image_runfields(ctx.attr.image) | {
            "image_label": label_text(ctx.attr.image.label),
            "profile": profile.short_path,
        },
        runfiles = [image_runfiles(ctx, ctx.attr.image)],
    )]

py_image_run = rule(
    implementation = _py_image_run_impl,
    doc = """`bazel run` it: the image's program starts in Docker or Podman, or without either in the sandbox of image tests.

`py_image` makes one, `IMAGE.run`.""",
    attrs = HOST_ATTRS | {
        "image": attr.label(
            doc = "The `py_image`.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
    },
    executable = True,
)
