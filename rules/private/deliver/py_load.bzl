"""py_load: an image into the machine's Docker or Podman."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/image:stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_inputs", "image_runfiles")
load(":launcher.bzl", "HOST_ATTRS", "host_launcher")

visibility(["//rules/..."])

def _py_load_impl(ctx):
    tags = ctx.attr.repo_tags + ([ctx.attr.tag] if ctx.attr.tag else [])
    if not tags and not ctx.files.tag_files:
        fail("{}: no tag, so nothing could name the image. Write tag = \"name:latest\".".format(ctx.label))

    # The tarball depends on the workspace status only if a name may have a key of it.
    status = [ctx.info_file, ctx.version_file] if ctx.files.tag_files or [tag for tag in tags if "{" in tag] else []
    tarball = ctx.actions.declare_file(ctx.label.name + ".tar")
    run_tool(
        ctx,
        command = "tarball",
        inputs = depset(ctx.files.tag_files + status, transitive = [image_inputs(ctx.attr.image)]),
        manifest = new_manifest(
            ctx,
            architecture = "arm64" if ctx.target_platform_has_constraint(ctx.attr._arm64[platform_common.ConstraintValueInfo]) else "amd64",
            label = label_text(ctx.label),
            output = tarball.path,
            status_files = [file.path for file in status],
            tag_files = [file.path for file in ctx.files.tag_files],
            tags = tags,
            **image_fields(ctx.attr.image)
        ),
        message = "Writing the tarball of %{label}",
        mnemonic = "ImageTarball",
        outputs = [tarball],
    )
    return [
        host_launcher(
            ctx,
            "load",
            depset([ctx.info_file, ctx.version_file] + ctx.files.tag_files),
            image_fields(ctx.attr.image) | {
                "status_files": [ctx.info_file.short_path, ctx.version_file.short_path],
                "tag_files": [file.short_path for file in ctx.files.tag_files],
                "tags": tags,
                "tarball": "bazel build {} --output_groups=tarball   # writes {}".format(ctx.label, tarball.path),
            },
            runfiles = [image_runfiles(ctx, ctx.attr.image)],
        ),
        OutputGroupInfo(tarball = depset([tarball])),
    ]

py_load = rule(
    implementation = _py_load_impl,
    doc = """`bazel run` it: the image goes into Docker or Podman, whichever is there.

In names, wherever they come from, `{KEY}` stands for a value of the workspace status, such as `{STABLE_GIT_COMMIT}`.

Output group `tarball`: the image as a file for `docker load`, for machines without a daemon. Of an index it is the image for the platform
that the build is for.""",
    attrs = TOOL_ATTRS | HOST_ATTRS | {
        "image": attr.label(
            doc = "A `py_image`, or a `py_image_index`, of which the machine's platform is taken.",
            mandatory = True,
            providers = IMAGE_OR_INDEX,
        ),
        "tag": attr.string(
            doc = "The name it gets, for example `mysite:latest`; `-- --tag name:tag` on the command line wins.",
        ),
        "repo_tags": attr.string_list(
            doc = "More names.",
        ),
        "tag_files": attr.label_list(
            doc = "Files with a name a line, such as those that actions write; in addition to `tag` and `repo_tags`.",
            allow_files = True,
        ),
        "_arm64": attr.label(
            default = "@platforms//cpu:aarch64",
        ),
    },
    executable = True,
)
