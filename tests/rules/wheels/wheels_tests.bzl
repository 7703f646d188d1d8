"""What a hub's target gives: a folder on this machine, layers in an image's configuration."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules:providers.bzl", "PyWheelInfo")
load("//rules/private/config:transitions.bzl", "image_transition")  # buildifier: disable=bzl-visibility

def _in_image_impl(ctx):
    wheel = ctx.attr.wheel[0]
    return [wheel[PyInfo], wheel[PyWheelInfo], DefaultInfo(runfiles = wheel[DefaultInfo].default_runfiles)]

in_image = rule(
    implementation = _in_image_impl,
    doc = "Hands on what a wheel gives in an image's configuration.",
    attrs = {
        "base": attr.label(mandatory = True),
        "platform": attr.string(default = "linux/arm64"),
        "python_version": attr.string(),
        "release": attr.string(),
        "target_architecture": attr.string(),
        "wheel": attr.label(cfg = image_transition),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
)

def _tool_user_impl(ctx):
    return [ctx.attr.wheel[PyInfo], ctx.attr.wheel[PyWheelInfo], DefaultInfo(runfiles = ctx.attr.wheel[DefaultInfo].default_runfiles)]

tool_user = rule(
    implementation = _tool_user_impl,
    doc = "Hands on what a wheel gives to a program that runs during the build.",
    attrs = {"wheel": attr.label(cfg = "exec")},
)

def _names(target):
    return sorted([wheel.distribution for wheel in target[PyWheelInfo].closure.to_list()])

def _on_this_machine_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    imports = target[PyInfo].imports.to_list()
    asserts.equals(env, 3, len(imports), "django, asgiref and sqlparse: {}".format(imports))
    for path in imports:
        asserts.true(env, path.endswith("/site-packages"), path)
        asserts.false(env, path.startswith(".."), path)
    asserts.equals(env, ["asgiref", "django", "sqlparse"], _names(target))
    asserts.equals(env, [None] * 3, [wheel.layer for wheel in target[PyWheelInfo].closure.to_list()])
    asserts.equals(env, 3, len(target[DefaultInfo].default_runfiles.files.to_list()))
    return analysistest.end(env)

on_this_machine_test = analysistest.make(_on_this_machine_impl)

def _in_image_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, [], target[PyInfo].imports.to_list())
    asserts.equals(env, [], target[DefaultInfo].default_runfiles.files.to_list())
    asserts.equals(env, ["asgiref", "django", "sqlparse"], _names(target))
    for wheel in target[PyWheelInfo].closure.to_list():
        asserts.equals(env, "wheel.layer.tar.gz", wheel.layer.layer.basename)
        asserts.equals(env, "whl", wheel.file.extension)
    return analysistest.end(env)

in_image_test = analysistest.make(_in_image_test_impl)
