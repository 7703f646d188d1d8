"""py_push: an image or an index to a registry."""

load(":launcher.bzl", "LAUNCHER_ATTRS", "launcher")
load(":py_image_info.bzl", "PyImageInfo")

visibility(["//rules/..."])

def _py_push_impl(ctx):
    layout = ctx.attr.image[PyImageInfo].layout
    files = ctx.files.tag_files + ctx.files.repository_file
    return [launcher(
        ctx,
        "push",
        [layout] + files,
        {
            "image": layout.short_path,
            "insecure": ctx.attr.insecure,
            "mount_from": ctx.attr.mount_from,
            "repository": ctx.attr.repository,
            "repository_file": ctx.file.repository_file.short_path if ctx.file.repository_file else "",
            "tag_files": [file.short_path for file in ctx.files.tag_files],
            "tags": ctx.attr.remote_tags,
        },
    )]

py_push = rule(
    implementation = _py_push_impl,
    doc = """`bazel run` it: uploads what the registry lacks, then the manifest, then the tags.

`bazel run //app:push -- --repository registry.example.com/app --tag v1 --digest-file digest.txt`; the command line wins over
the attributes. Credentials are Docker's (`~/.docker/config.json`, credential helpers).""",
    attrs = LAUNCHER_ATTRS | {
        "image": attr.label(
            doc = "A `py_image` or a `py_image_index`.",
            mandatory = True,
            providers = [PyImageInfo],
        ),
        "insecure": attr.bool(
            doc = "Whether plain HTTP is allowed beyond loopback.",
        ),
        "mount_from": attr.string_list(
            doc = "Repositories of the same registry that may hold the base's layers, to be mounted instead of uploaded.",
        ),
        "remote_tags": attr.string_list(
            doc = "Tags, for example `[\"latest\"]`.",
        ),
        "repository": attr.string(
            doc = "Where to, without a tag, for example `registry.example.com/team/app`.",
        ),
        "repository_file": attr.label(
            doc = "A file with the repository, such as a stamped one; instead of `repository`.",
            allow_single_file = True,
        ),
        "tag_files": attr.label_list(
            doc = "Files with a tag a line, such as stamped ones.",
            allow_files = True,
        ),
    },
    executable = True,
)
