"""The Pythons of the workspace's bases, for the lock tool."""

visibility(["//rules/private/extensions"])

_BUILD = """load("@rules_distroless_python//rules/private/base:base_pythons.bzl", "base_pythons")

config_setting(
    name = "linux_amd64",
    constraint_values = [
        "@platforms//cpu:x86_64",
        "@platforms//os:linux",
    ],
)

config_setting(
    name = "linux_arm64",
    constraint_values = [
        "@platforms//cpu:aarch64",
        "@platforms//os:linux",
    ],
)

base_pythons(
    name = "pythons",
    bases = select({{
        ":linux_amd64": {amd64},
        ":linux_arm64": {arm64},
        "//conditions:default": [],
    }}),
    visibility = ["@rules_distroless_python//tools:__pkg__"],
)
"""

def _pythons_repository_impl(repository_ctx):
    repository_ctx.file("BUILD.bazel", _BUILD.format(
        amd64 = json.encode(repository_ctx.attr.amd64),
        arm64 = json.encode(repository_ctx.attr.arm64),
    ))

pythons_repository = repository_rule(
    implementation = _pythons_repository_impl,
    doc = "One target with the interpreters of all bases that this machine can run.",
    attrs = {
        "amd64": attr.string_list(doc = "Labels of the bases for amd64."),
        "arm64": attr.string_list(doc = "Labels of the bases for arm64."),
    },
)
