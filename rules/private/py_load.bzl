"""py_load: an image into the machine's Docker or Podman."""

load(":actions.bzl", "label_text", "new_manifest", "run_tool")
load(":launcher.bzl", "LAUNCHER_ATTRS", "launcher")
load(":py_image_info.bzl", "PyImageInfo")

visibility(["//rules/..."])

def _py_load_impl(ctx):
    layout = ctx.attr.image[PyImageInfo].layout
    tags = ctx.attr.repo_tags + ([ctx.attr.tag] if ctx.attr.tag else [])
    if not tags:
        fail("{}: no tag, so nothing could name the image. Write tag = \"name:latest\".".format(ctx.label))
    tarball = ctx.actions.declare_file(ctx.label.name + ".tar")
    run_tool(
        ctx,
        command = "tarball",
        inputs = [layout],
        manifest = new_manifest(
            ctx,
            image = layout.path,
            label = label_text(ctx.label),
            output = tarball.path,
            tags = tags,
        ),
        message = "Writing the tarball of %{label}",
        mnemonic = "ImageTarball",
        outputs = [tarball],
    )
    return [
        launcher(
            ctx,
            "load",
            [layout],
            {
                "image": layout.short_path,
                "tags": tags,
                "tarball": "bazel build {} --output_groups=tarball   # writes {}".format(ctx.label, tarball.path),
            },
        ),
        OutputGroupInfo(tarball = depset([tarball])),
    ]

py_load = rule(
    implementation = _py_load_impl,
    doc = """`bazel run` it: the image goes into Docker or Podman, whichever is there.

Output group `tarball`: the image as a file for `docker load`, for machines without a daemon.""",
    attrs = LAUNCHER_ATTRS | {
        "image": attr.label(
            doc = "A `py_image`, or a `py_image_index`, of which the machine's platform is taken.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
        "tag": attr.string(
            doc = "The name it gets, for example `mysite:latest`; `-- --tag name:tag` on the command line wins.",
        ),
        "repo_tags": attr.string_list(
            doc = "More names.",
        ),
    },
    executable = True,
)
