"""py_image_run: starts an image on this machine."""

load("//rules/private/actions:actions.bzl", "label_text")
load("//rules/private/image:stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_of", "image_runfiles")
load(":launcher.bzl", "HOST_ATTRS", "host_launcher")

visibility(["//rules/..."])

def _py_image_run_impl(ctx):
    profile = image_of(ctx, ctx.attr.image).base.profile
    return [host_launcher(
        ctx,
        "image-run",
        depset([profile]),
        image_fields(ctx.attr.image) | {
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
            providers = IMAGE_OR_INDEX,
        ),
    },
    executable = True,
)
