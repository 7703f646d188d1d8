"""py_push: an image or an index to a registry."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules/private/actions:actions.bzl", "label_text")
load("//rules/private/config:transitions.bzl", "host_transition")
load("//rules/private/image:stored_image.bzl", "IMAGE_OR_INDEX", "image_fields", "image_runfiles", "info_of")
load("//rules/private/providers:py_wheel_info.bzl", "PyWheelInfo")
load(":launcher.bzl", "HOST_ATTRS", "host_launcher")
load(":py_push_info.bzl", "PyPushInfo")

visibility(["//rules/..."])

def _py_push_impl(ctx):
    image = info_of(ctx.attr.image)
    lazy = ctx.attr._lazy[BuildSettingInfo].value
    kinds = [kind for kind in ("sbom", "provenance") if getattr(ctx.attr, kind)]
    documents = [document for document in image.documents if document.kind in kinds]
    files = ctx.files.tag_files + ctx.files.repository_file
    files += [file for document in documents for file in (document.file, document.descriptor)]
    grpc = [library[PyWheelInfo].closure for library in ctx.attr._grpc if PyWheelInfo in library]
    wheels = [wheel.file for wheel in depset(transitive = grpc).to_list()]
    files = depset([ctx.info_file, ctx.version_file] + files + wheels)
    fields = image_fields(ctx.attr.image) | {
        "insecure": ctx.attr.insecure,
        "lazy": lazy,
        "mount_from": ctx.attr.mount_from,
        "referrers": [
            {
                "artifact_type": document.artifact_type,
                "file": document.file.short_path,
                "subject": document.descriptor.short_path,
            }
            for document in documents
        ],
        "repository": ctx.attr.repository,
        "repository_file": ctx.file.repository_file.short_path if ctx.file.repository_file else "",
        "status_files": [ctx.info_file.short_path, ctx.version_file.short_path],
        "tag_files": [file.short_path for file in ctx.files.tag_files],
        "tags": ctx.attr.remote_tags,
        "wheels": [wheel.short_path for wheel in wheels],
    }
    runfiles = image_runfiles(ctx, ctx.attr.image, lazy)
    line = json.encode({"pushes": [fields | {"label": label_text(ctx.label)}]})
    return [
        host_launcher(ctx, "push", files, fields, runfiles = [runfiles]),
        PyPushInfo(lines = depset([line]), runfiles = runfiles.merge(ctx.runfiles(transitive_files = files))),
    ]

py_push = rule(
    implementation = _py_push_impl,
    doc = """`bazel run` it: uploads what the registry lacks, then the manifest, then the tags.

`bazel run //app:push -- --repository registry.example.com/app --tag v1 --digest-file digest.txt`. The command line wins over
the attributes. In repository and tags, wherever they come from, `{KEY}` stands for a value of the workspace status, such
as `{STABLE_GIT_COMMIT}`. Credentials are Docker's (`~/.docker/config.json`, credential helpers).

With `--@rules_distroless_python//rules:lazy_push`, layers are not downloaded for it. What the registry lacks goes there from Bazel's
disk cache, or its remote cache, over HTTP or gRPC.""",
    attrs = HOST_ATTRS | {
        "image": attr.label(
            doc = "A `py_image` or a `py_image_index`.",
            mandatory = True,
            providers = IMAGE_OR_INDEX,
        ),
        "insecure": attr.bool(
            doc = "Whether plain HTTP is allowed beyond loopback.",
        ),
        "mount_from": attr.string_list(
            doc = "Repositories that may hold the base's layers, for example `registry.example.com/bases/python3`. Those on the registry that is pushed to are mounted from, instead of an upload.",
        ),
        "provenance": attr.bool(
            doc = "Whether the provenance is attached to the image, as a referrer; to each image of an index.",
        ),
        "remote_tags": attr.string_list(
            doc = "Tags, for example `[\"latest\", \"{STABLE_GIT_COMMIT}\"]`.",
        ),
        "repository": attr.string(
            doc = "Where to, without a tag, for example `registry.example.com/team/app`.",
        ),
        "repository_file": attr.label(
            doc = "A file with the repository, such as one that an action writes; instead of `repository`.",
            allow_single_file = True,
        ),
        "sbom": attr.bool(
            doc = "Whether the SBOMs are attached to the image, as referrers; to each image of an index.",
        ),
        "tag_files": attr.label_list(
            doc = "Files with a tag a line, such as those that actions write; in addition to `remote_tags`.",
            allow_files = True,
        ),
        # Only where layers may be in a remote cache: a push without needs nothing that is fetched.
        "_grpc": attr.label(
            cfg = host_transition,
            default = "//rules:grpc_of_pushes",
        ),
        "_lazy": attr.label(
            default = "//rules:lazy_push",
            providers = [BuildSettingInfo],
        ),
    },
    executable = True,
)
