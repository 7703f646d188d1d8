"""What py_load and py_push hand to the programs that they start."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//tests/rules:support.bzl", "actions_of")

def _manifest(env, name):
    for action in actions_of(env, "FileWrite"):
        if action.outputs.to_list()[0].basename == name:
            return json.decode(action.content)
    return fail("no action writes " + name)

def _runfiles(env):
    return [file.basename for file in analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()]

def _load_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "load.manifest.json")
    asserts.equals(env, ["lib:latest"], manifest["tags"])
    asserts.equals(env, "tests/rules/delivery/image", manifest["image"])
    asserts.true(env, "--output_groups=tarball" in manifest["tarball"])
    asserts.true(env, "image" in _runfiles(env), "the layout is in the runfiles")
    asserts.equals(env, 1, len(actions_of(env, "ImageTarball")))
    return analysistest.end(env)

load_test = analysistest.make(_load_impl)

def _push_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "push.manifest.json")
    asserts.equals(env, "registry.example.com/lib", manifest["repository"])
    asserts.equals(env, ["v1"], manifest["tags"])
    asserts.equals(env, "tests/rules/delivery/index", manifest["image"])
    asserts.false(env, manifest["insecure"])
    asserts.true(env, "index" in _runfiles(env), "the layout is in the runfiles")
    return analysistest.end(env)

push_test = analysistest.make(_push_impl)
