"""py_image_run: starts an image on this machine."""

load("//rules/private/actions:actions.bzl", "label_text")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load(":launcher.bzl", "HOST_ATTRS", "host_launcher")

visibility(["//rules/..."])

def _py_image_run_impl(ctx):
    image = ctx.attr.image[PyImageInfo]
    return [host_launcher(
        ctx,
        "image-run",
        depset([image.base.profile], transitive = [image.files]),
        {
            "image": image.layout.short_path,
            "image_label": label_text(ctx.attr.image.label),
            "profile": image.base.profile.short_path,
        },
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
