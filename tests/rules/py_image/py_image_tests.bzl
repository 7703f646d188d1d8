"""What py_image declares: which actions, from which files, into which outputs."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("//rules:providers.bzl", "PyImageInfo", "PyIndexInfo", "PyLayerInfo")
load("//rules/private/config:platforms.bzl", "oci_platform")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "actions_of", "input_names")

def _names_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[PyImageInfo]
    asserts.equals(env, [info.manifest, info.config, info.digest], target[DefaultInfo].files.to_list())
    asserts.equals(
        env,
        ["image.manifest.json", "image.config.json", "image.digest", "image.descriptor.json"],
        [file.basename for file in (info.manifest, info.config, info.digest, info.descriptor)],
    )
    asserts.false(env, [file for file in actions_of(env, "ImageManifest")[0].outputs.to_list() if file.is_directory], "JSON alone")
    asserts.equals(env, ["image.digest"], [f.basename for f in target[OutputGroupInfo].digest.to_list()])
    asserts.equals(env, 1, len(actions_of(env, "ImageManifest")))
    asserts.equals(env, 1, len(actions_of(env, "AppLayer")))
    return analysistest.end(env)

names_test = analysistest.make(_names_impl)

def _inputs_impl(ctx):
    env = analysistest.begin(ctx)
    app = input_names(actions_of(env, "AppLayer")[0])
    asserts.true(env, "app.py" in app, "the main file is in the app layer")
    asserts.true(env, "lib.py" in app, "so are its libraries")
    asserts.false(env, "site-packages" in app, "wheels are not unpacked for an image")
    image = input_names(actions_of(env, "ImageManifest")[0])
    asserts.false(env, "app.py" in image, "sources are read by the app layer alone")
    asserts.true(env, "image.app.layer.json" in image)
    asserts.equals(env, [], [name for name in image if name.endswith(".tar.gz")], "no layer is read")
    return analysistest.end(env)

inputs_test = analysistest.make(_inputs_impl)

def _closure_impl(ctx):
    env = analysistest.begin(ctx)
    image = actions_of(env, "ImageManifest")[0]
    owners = {file.owner.workspace_name: True for file in image.inputs.to_list() if file.basename == "wheel.layer.json"}
    for name in ("whl_django_", "whl_asgiref_", "whl_sqlparse_"):
        asserts.equals(env, 1, len([owner for owner in owners if name in owner]), "one layer of " + name)
    asserts.equals(env, [], [owner for owner in owners if "whl_pillow_" in owner], "only what is required")
    return analysistest.end(env)

closure_test = analysistest.make(_closure_impl)

def _entry_of_binary_impl(ctx):
    env = analysistest.begin(ctx)

    # The main file decides the entrypoint; the manifest is a parameter file, and its content is what the action reads.
    contents = [action.content for action in analysistest.target_actions(env) if action.content]
    argv = actions_of(env, "ImageManifest")[0].argv
    asserts.true(env, [part for part in argv if part == "{\"action\":\"image\"}"], "the action is `image`: {}".format(argv))
    asserts.true(env, [c for c in contents + argv if "/app/_main/tests/rules/py_image/lib.py" in c], "the entry is main's file")
    return analysistest.end(env)

entry_of_binary_test = analysistest.make(_entry_of_binary_impl)

def _index_impl(ctx):
    env = analysistest.begin(ctx)
    inputs = [file for file in actions_of(env, "ImageIndex")[0].inputs.to_list() if file.basename == "image.descriptor.json"]
    asserts.equals(env, 2, len({file.path: True for file in inputs}), "one descriptor a platform")
    info = analysistest.target_under_test(env)[PyIndexInfo]
    asserts.equals(env, ["linux/amd64", "linux/arm64"], info.images.keys())
    return analysistest.end(env)

index_test = analysistest.make(_index_impl)

def _raw_layer_impl(_ctx):
    return [PyLayerInfo(layers = depset([struct(layer = "x.tar.gz")]))]

raw_layer = rule(
    implementation = _raw_layer_impl,
    doc = "Gives a layer that is no more than a struct.",
)

def _words_impl(ctx):
    env = analysistest.begin(ctx)
    argv = "".join(actions_of(env, "ImageManifest")[0].argv)
    asserts.true(env, "\"args\":[\"--cmd\"]" in argv, "cmd is args: " + argv)
    profile = analysistest.target_under_test(env)[PyImageInfo].base.profile
    asserts.equals(env, "arm64", profile.basename.split(".")[-3], "the platform's label says its architecture")
    return analysistest.end(env)

words_test = analysistest.make(_words_impl)

def _status_impl(ctx):
    env = analysistest.begin(ctx)
    names = [name for name in input_names(actions_of(env, "ImageManifest")[0]) if name.endswith("-status.txt")]
    asserts.equals(env, ctx.attr.files, names)
    return analysistest.end(env)

status_test = analysistest.make(_status_impl, attrs = {"files": attr.string_list()})

def _digest_impl(ctx):
    env = analysistest.begin(ctx)
    files = analysistest.target_under_test(env)[DefaultInfo].files.to_list()
    asserts.equals(env, ["image.digest"], [file.basename for file in files])
    return analysistest.end(env)

digest_test = analysistest.make(_digest_impl)

def _oci_platform_impl(ctx):
    env = unittest.begin(ctx)
    for text, expected in {
        "": "",
        "//platforms:linux_aarch64": "linux/arm64",
        "@rules_distroless_python//rules:linux_amd64": "linux/amd64",
        "@x//arm64:x86_64": "linux/amd64",
        "linux/arm64": "linux/arm64",
    }.items():
        asserts.equals(env, expected, oci_platform(text, "//app:image"))
    return unittest.end(env)

oci_platform_test = unittest.make(_oci_platform_impl)
