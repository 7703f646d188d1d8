"""py_image_index: one image for several platforms."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "layer_line", "new_manifest", "run_tool")
load("//rules/private/config:platforms.bzl", "oci_platform")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load(":sbom.bzl", "document_files")

visibility(["//rules/..."])

_ARCHITECTURE = "//rules:architecture"

def _platforms_impl(settings, attr):
    _unused = settings  # @unused
    platforms = [oci_platform(platform, "platforms") for platform in attr.platforms]
    return {platform: {_ARCHITECTURE: platform.split("/")[-1]} for platform in platforms}

_platforms_transition = transition(
    implementation = _platforms_impl,
    inputs = [],
    outputs = [_ARCHITECTURE],
)

def _own_documents(ctx, platform, info):
    """The documents about one image, under names that tell platforms apart: in runfiles they would be one file."""
    links = {}
    for file in [info.descriptor] + [document.file for document in info.documents]:
        links[file] = ctx.actions.declare_file("{}.{}.{}".format(ctx.label.name, platform, file.basename.removeprefix(ctx.attr.image[0].label.name + ".")))
        ctx.actions.symlink(output = links[file], target_file = file)
    return [
        struct(
            artifact_type = document.artifact_type,
            descriptor = links[document.descriptor],
            file = links[document.file],
            kind = document.kind,
        )
        for document in info.documents
    ]

def _py_image_index_impl(ctx):
    platforms = {platform: image[PyImageInfo] for platform, image in sorted(ctx.split_attr.image.items())}
    images = [info.layout for info in platforms.values()]  # of one name, so they stay out of runfiles
    bases = depset([info.base.layout for info in platforms.values()])
    layers = depset(transitive = [info.layers for info in platforms.values()])
    blobs = depset([layer.layer for layer in layers.to_list()], transitive = [info.base.files for info in platforms.values()])
    documents = [
        document
        for platform, info in platforms.items()
        for document in _own_documents(ctx, platform.replace("/", "-"), info)
    ]
    layout = ctx.actions.declare_directory(ctx.label.name)
    descriptor = ctx.actions.declare_file(ctx.label.name + ".descriptor.json")
    digest = ctx.actions.declare_file(ctx.label.name + ".digest")
    manifest = new_manifest(
        ctx,
        annotations = ctx.attr.annotations,
        bases = [base.path for base in bases.to_list()],
        descriptor = descriptor.path,
        digest_file = digest.path,
        images = [image.path for image in images],
        label = label_text(ctx.label),
        output = layout.path,
    )
    manifest.add_all(layers, map_each = layer_line)
    run_tool(
        ctx,
        command = "index",
        inputs = depset(images + [layer.facts for layer in layers.to_list()], transitive = [blobs]),
        manifest = manifest,
        message = "Assembling index %{label}",
        mnemonic = "ImageIndex",
        outputs = [layout, descriptor, digest],
    )
    return [
        DefaultInfo(files = depset([layout]), runfiles = ctx.runfiles([layout], transitive_files = blobs)),
        OutputGroupInfo(
            descriptor = depset([descriptor]),
            digest = depset([digest]),
            provenance = document_files(documents, "provenance"),
            sbom = document_files(documents, "sbom"),
        ),
        PyImageInfo(
            base = None,
            descriptor = descriptor,
            documents = documents,
            files = depset([layout], transitive = [blobs]),
            layers = layers,
            layout = layout,
        ),
    ]

py_image_index = rule(
    implementation = _py_image_index_impl,
    doc = "An image index: the same `py_image`, built for each platform.",
    attrs = TOOL_ATTRS | {
        "annotations": attr.string_dict(
            doc = "Annotations of the index.",
        ),
        "image": attr.label(
            cfg = _platforms_transition,
            doc = "The `py_image`; it must not fix its own `platform`.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
        "platforms": attr.string_list(
            allow_empty = False,
            default = ["linux/amd64", "linux/arm64"],
            doc = "The platforms, as `linux/amd64`, or labels of platforms whose names say so.",
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    provides = [PyImageInfo],
)
