"""py_image_index: one image for several platforms."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/config:platforms.bzl", "oci_platform")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load("//rules/private/providers:py_index_info.bzl", "PyIndexInfo")
load(":beside.bzl", "declare_beside")
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
    documents = [
        document
        for platform, info in platforms.items()
        for document in _own_documents(ctx, platform.replace("/", "-"), info)
    ]
    descriptors = [info.descriptor for info in platforms.values()]
    index, descriptor, digest = [
        ctx.actions.declare_file(ctx.label.name + suffix)
        for suffix in (".index.json", ".descriptor.json", ".digest")
    ]
    run_tool(
        ctx,
        command = "index",
        inputs = descriptors,
        manifest = new_manifest(
            ctx,
            annotations = ctx.attr.annotations,
            descriptor = descriptor.path,
            digest_file = digest.path,
            images = [file.path for file in descriptors],
            index = index.path,
            label = label_text(ctx.label),
        ),
        message = "Assembling index %{label}",
        mnemonic = "ImageIndex",
        outputs = [index, descriptor, digest],
    )
    return [
        DefaultInfo(files = depset([index, digest])),
        OutputGroupInfo(
            descriptor = depset([descriptor]),
            digest = depset([digest]),
            provenance = document_files(documents, "provenance"),
            sbom = document_files(documents, "sbom"),
        ),
        PyIndexInfo(
            descriptor = descriptor,
            digest = digest,
            documents = documents,
            images = platforms,
            index = index,
        ),
    ]

py_image_index_rule = rule(
    implementation = _py_image_index_impl,
    doc = "The rule of the macro `py_image_index`, which is what users load.",
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
    provides = [PyIndexInfo],
)

def py_image_index(name, **kwargs):
    """An image index: the same `py_image`, built for each platform.

    Args:
        name: the target's name. `NAME.layout` and `NAME.digest` are as beside a `py_image`.
        **kwargs: the other attributes, below.
    """
    py_image_index_rule(name = name, **kwargs)
    declare_beside(name, kwargs)
