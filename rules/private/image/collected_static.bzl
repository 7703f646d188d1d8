"""collected_static: the static files of a Django site, collected in its image, as a layer."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")
load(":stored_image.bzl", "image_fields", "image_inputs")

visibility(["//rules/..."])

def _collected_static_impl(ctx):
    image = ctx.attr.image[PyImageInfo]
    layer = declare_layer(ctx, ctx.label.name, {"action": "django-static"})
    run_tool(
        ctx,
        command = "django-static",
        inputs = depset([image.base.profile, image.base.python], transitive = [image_inputs(ctx.attr.image)]),
        manifest = new_manifest(
            ctx,
            env = ctx.attr.env,
            label = label_text(ctx.label),
            output = layer_fields(layer),
            profile = image.base.profile.path,
            python = image.base.python.path,
            settings = ctx.attr.settings,
            **image_fields(ctx.attr.image)
        ),
        message = "Collecting static files of %{label}",
        mnemonic = "DjangoStatic",
        outputs = layer_files([layer]),
        # Its sandbox is bubblewrap's; in Bazel's it could not share unpacked layers (docs/explanation/decisions.md).
        requirements = {"no-sandbox": "1"},
        worker = False,
    )
    return [
        DefaultInfo(files = depset([layer.layer])),
        PyLayerInfo(layers = depset([layer])),
    ]

collected_static = rule(
    implementation = _collected_static_impl,
    doc = "The layer of a py_django_static.",
    attrs = TOOL_ATTRS | {
        "env": attr.string_dict(doc = "Environment variables for the run, over the image's."),
        "image": attr.label(
            doc = "A `py_image` of the site.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
        "settings": attr.string(
            doc = "The settings module, as `DJANGO_SETTINGS_MODULE` has it.",
            mandatory = True,
        ),
    },
    provides = [PyLayerInfo],
)
