"""oci_parts: what rules_oci's `oci_image` needs, from a finished image."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load(":stored_image.bzl", "image_fields", "image_inputs")

visibility(["//rules/...", "//tests/..."])

def _oci_parts_impl(ctx):
    image = ctx.attr.image[PyImageInfo]
    cmd, entrypoint, env = [
        ctx.actions.declare_file("{}.{}.txt".format(ctx.label.name, part))
        for part in ("cmd", "entrypoint", "env")
    ]
    run_tool(
        ctx,
        command = "oci-parts",
        inputs = image_inputs(ctx.attr.image),
        manifest = new_manifest(
            ctx,
            cmd = cmd.path,
            entrypoint = entrypoint.path,
            env = env.path,
            label = label_text(ctx.label),
            **image_fields(ctx.attr.image)
        ),
        message = "Reading the config of %{label}",
        mnemonic = "OciParts",
        outputs = [cmd, entrypoint, env],
    )
    return [
        DefaultInfo(files = depset([cmd, entrypoint, env])),
        OutputGroupInfo(
            base = depset([image.base.layout]),
            cmd = depset([cmd]),
            entrypoint = depset([entrypoint]),
            env = depset([env]),
            layers = ctx.attr.image[OutputGroupInfo].layers,
        ),
    ]

oci_parts = rule(
    implementation = _oci_parts_impl,
    doc = "Output groups `base`, `layers`, `entrypoint`, `cmd` and `env` for an `oci_image` that is the same image.",
    attrs = TOOL_ATTRS | {
        "image": attr.label(
            doc = "The `py_image`.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
    },
)
