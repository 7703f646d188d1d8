"""py_push_all: many images to their registries, in one go."""

load(":launcher.bzl", "HOST_ATTRS", "host_launcher")
load(":py_push_info.bzl", "PyPushInfo")

visibility(["//rules/..."])

def _py_push_all_impl(ctx):
    pushes = [target[PyPushInfo] for target in ctx.attr.pushes]
    runfiles = [push.runfiles for push in pushes]
    lines = depset(transitive = [push.lines for push in pushes], order = "preorder")
    return [
        host_launcher(ctx, "push-all", depset(), {}, lines.to_list(), runfiles),
        PyPushInfo(lines = lines, runfiles = ctx.runfiles().merge_all(runfiles)),
    ]

py_push_all = rule(
    implementation = _py_push_all_impl,
    doc = """`bazel run` it: pushes many images by one program. What several of them share is uploaded once for a registry and mounted into
the other repositories. An image that is there costs two requests. One that fails does not keep the others back.

`bazel run //:push -- --registry registry.example.com --tag v1 --kustomize deploy/images/kustomization.yaml`: `--registry` replaces
the targets' hosts, `--tag` their tags. `--json`, `--yaml`, `--kustomize` and `--helm` name files for what was pushed, by digest.""",
    attrs = HOST_ATTRS | {
        "pushes": attr.label_list(
            doc = "`py_push` targets, and other `py_push_all`.",
            mandatory = True,
            providers = [PyPushInfo],
        ),
    },
    executable = True,
)
