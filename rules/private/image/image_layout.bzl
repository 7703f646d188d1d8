"""image_layout: an image as an OCI layout directory, for what reads layouts."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load(":stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_inputs")

visibility(["//rules/..."])

def _image_layout_impl(ctx):
    layout = ctx.actions.declare_directory(ctx.label.name)
    run_tool(
        ctx,
        command = "layout",
        inputs = image_inputs(ctx.attr.image),
        manifest = new_manifest(
            ctx,
            label = label_text(ctx.label),
            output = layout.path,
            **image_fields(ctx.attr.image)
        ),
        message = "Writing OCI layout of %{label}",
        mnemonic = "ImageLayout",
        outputs = [layout],
    )
    return [DefaultInfo(files = depset([layout]), runfiles = ctx.runfiles([layout]))]

image_layout = rule(
    implementation = _image_layout_impl,
    doc = "An OCI layout of regular files: for `oci_push`, crane, cosign, skopeo and scanners.",
    attrs = TOOL_ATTRS | {
        "image": attr.label(
            doc = "A `py_image` or a `py_image_index`.",
            mandatory = True,
            providers = IMAGE_OR_INDEX,
        ),
    },
)
