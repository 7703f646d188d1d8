"""Tests of wheel_from_sdist."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules/private/wheel:wheel.bzl", "WheelFileInfo")  # buildifier: disable=bzl-visibility
load("//rules/private/wheel:wheel_from_sdist.bzl", "pure_wheel_from_sdist", "wheel_from_sdist")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "actions_of", "input_names", "manifest_of")

_SDIST = {
    "architecture": "arm64",
    "distribution": "two-words",
    "hub": "@pypi",
    "python": "3.13",
    "sha256": "0" * 64,
    "src": "two_words-1.0.tar.gz",
    "tags": ["manual"],
    "version": "1.0",
}

def fake_wheel_from_sdist(name, **kwargs):
    """A wheel_from_sdist for analysis: its files do not exist.

    Args:
        name: the target's name.
        **kwargs: what differs.
    """
    wheel_from_sdist(name = name, release = "debian13", **(_SDIST | kwargs))

def _builds_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "WheelFromSdist")
    asserts.equals(env, 1, len(actions))
    names = [file.basename for file in actions[0].outputs.to_list()]
    asserts.equals(env, ["two_words-1.0-cp313-cp313-linux_aarch64.whl"], names)
    for name in ("two_words-1.0.tar.gz", "gcc.deb", "x.patch"):
        asserts.true(env, name in input_names(actions[0]), name + " is an input")
    return analysistest.end(env)

builds_test = analysistest.make(_builds_impl)

def fake_pure_wheel(name):
    """A pure_wheel_from_sdist for analysis, for a developer's machine.

    Args:
        name: the target's name.
    """
    pure_wheel_from_sdist(name = name, **_SDIST)

def _pure_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "WheelFromSdist")
    names = [file.basename for file in actions[0].outputs.to_list()]
    asserts.equals(env, ["two_words-1.0-py3-none-any.whl"], names)
    return analysistest.end(env)

pure_test = analysistest.make(_pure_impl)

def _unbuilt_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[WheelFileInfo]
    actions = actions_of(env, "StubModules")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, [info.site_packages], actions[0].outputs.to_list())
    asserts.equals(env, [], [name for name in input_names(actions[0]) if not name.endswith(".py")], "the source is not read")
    manifest = manifest_of(actions[0])
    asserts.equals(env, [["two_words"], "it is compiled for images alone"], [manifest[key] for key in ("modules", "reason")])
    asserts.equals(env, ("two-words", (), "1.0"), (info.wheel.distribution, info.wheel.layers, info.wheel.version))
    return analysistest.end(env)

unbuilt_test = analysistest.make(_unbuilt_impl)
