"""What a hub's target gives: a folder on this machine, layers in an image's configuration."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules:providers.bzl", "PyWheelInfo")
load("//rules/private/wheel:python_minor.bzl", "python_minor")  # buildifier: disable=bzl-visibility
load("//rules/private/wheel:wheel.bzl", "WheelFileInfo")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "actions_of", "in_image_rule", "input_names", "manifest_of", "output_names")

def _hand_on(wheel):
    return [wheel[PyInfo], wheel[PyWheelInfo], DefaultInfo(runfiles = wheel[DefaultInfo].default_runfiles)]

in_image = in_image_rule(_hand_on, "Hands on what a wheel gives in an image's configuration.")

def _tool_user_impl(ctx):
    return _hand_on(ctx.attr.wheel)

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
    asserts.equals(env, [()] * 3, [wheel.layers for wheel in target[PyWheelInfo].closure.to_list()])
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
        asserts.equals(env, "wheel.layer.tar.gz", wheel.layers[0].layer.basename)
        asserts.equals(env, "whl", wheel.file.extension)
    return analysistest.end(env)

in_image_test = analysistest.make(_in_image_test_impl)

def _layer_impl(ctx):
    env = analysistest.begin(ctx)
    wheel = analysistest.target_under_test(env)[WheelFileInfo].wheel
    asserts.equals(env, ("two-words", "1.0"), (wheel.distribution, wheel.version))
    asserts.equals(env, None, analysistest.target_under_test(env)[WheelFileInfo].site_packages, "nothing is unpacked for an image")
    actions = actions_of(env, "WheelLayer")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["two_words.contents.json", "two_words.layer.json", "two_words.layer.tar.gz"], output_names(actions[0]))
    asserts.equals(env, [], actions_of(env, "UnpackWheel"))
    inputs = [name for name in input_names(actions[0]) if not name.endswith(".py")]
    asserts.equals(env, ["debian13_base.amd64.compiler", "debian13_base.amd64.python.json", "two_words-1.0-py3-none-any.whl"], inputs, "no profile")
    manifest = manifest_of(actions[0])
    asserts.equals(env, [True, ["tests/**"], "ab"], [manifest[key] for key in ("direct", "exclude", "sha256")])
    recipe = {"action": "wheel-layer", "built": False, "direct": True, "exclude": ["tests/**"]}
    asserts.equals(env, recipe, json.decode(wheel.layers[0].recipe))
    return analysistest.end(env)

# As an image's transition sets it: the test looks at the actions of the wheel itself.
layer_test = analysistest.make(
    _layer_impl,
    config_settings = {str(Label("//rules:base")): str(Label("//tests/rules/wheels:debian13_base"))},
)

def _parts_impl(ctx):
    env = analysistest.begin(ctx)
    layers = analysistest.target_under_test(env)[WheelFileInfo].wheel.layers
    names = ["large.layer.tar.gz", "large.2.layer.tar.gz", "large.3.layer.tar.gz"]
    asserts.equals(env, names, [layer.layer.basename for layer in layers])
    actions = actions_of(env, "WheelLayer")
    asserts.equals(env, [(1, 3), (2, 3), (3, 3)], [(manifest_of(action)["part"], manifest_of(action)["parts"]) for action in actions])
    asserts.equals(env, [[layer.layer, layer.facts, layer.contents] for layer in layers], [action.outputs.to_list() for action in actions])
    asserts.equals(env, [1, 2, 3], [json.decode(layer.recipe)["part"] for layer in layers], "each is made again by itself")
    return analysistest.end(env)

parts_test = analysistest.make(
    _parts_impl,
    config_settings = {str(Label("//rules:base")): str(Label("//tests/rules/wheels:debian13_base"))},
)

def _unpacked_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[WheelFileInfo]
    actions = actions_of(env, "UnpackWheel")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, [info.site_packages], actions[0].outputs.to_list())
    asserts.true(env, info.site_packages.is_directory)
    inputs = [name for name in input_names(actions[0]) if not name.endswith(".py")]
    asserts.equals(env, ["two_words-1.0-py3-none-any.whl"], inputs)
    asserts.equals(env, ["tests/**"], manifest_of(actions[0])["exclude"])
    asserts.equals(env, ((), []), (info.wheel.layers, actions_of(env, "WheelLayer")))
    return analysistest.end(env)

unpacked_test = analysistest.make(_unpacked_impl)

def _library_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, [], analysistest.target_actions(env), "it only hands on")
    info = target[PyWheelInfo]
    asserts.equals(env, ("two-words", "1.0", "two_words-1.0-py3-none-any.whl"), (info.distribution, info.version, info.file.basename))
    asserts.equals(env, 2, len(info.closure.to_list()))
    asserts.equals(
        env,
        ["_main/tests/rules/wheels/site-packages", "_main/tests/rules/sdist/site-packages"],
        target[PyInfo].imports.to_list(),
    )
    asserts.equals(env, ["two_words-1.0-py3-none-any.whl"], [file.basename for file in target[OutputGroupInfo].whl.to_list()])
    asserts.equals(env, target[DefaultInfo].files.to_list(), target[DefaultInfo].default_runfiles.files.to_list())
    return analysistest.end(env)

library_test = analysistest.make(_library_impl)

def _toolchain_impl(ctx):
    known = {"interpreter_version_info": struct(major = 3, minor = 99)} if ctx.attr.says_its_version else {}
    return [platform_common.ToolchainInfo(py3_runtime = struct(**known))]

fake_toolchain = rule(
    implementation = _toolchain_impl,
    doc = "What a toolchain of rules_python says of its version; old ones say nothing.",
    attrs = {"says_its_version": attr.bool()},
)

def fallback_minor(name, **kwargs):
    """A `python_minor` of a machine with Python 3.98.

    Args:
        name: the target's name.
        **kwargs: what every rule has.
    """
    python_minor(name = name, fallback = "3.98", **kwargs)

def _minor_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.equals(env, ctx.attr.minor, analysistest.target_under_test(env)[config_common.FeatureFlagInfo].value)
    return analysistest.end(env)

def _minor_test(toolchain):
    return analysistest.make(
        _minor_impl,
        attrs = {"minor": attr.string()},
        config_settings = {"//command_line_option:extra_toolchains": [str(Label("//tests/rules/wheels:" + toolchain))]},
    )

new_toolchain_test = _minor_test("new_toolchain")
old_toolchain_test = _minor_test("old_toolchain")
