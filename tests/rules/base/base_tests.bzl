"""What a base is made of, and who compiles for it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:providers.bzl", "PyLayerInfo")
load("//rules/private/base:deb_layer.bzl", "DebInfo")  # buildifier: disable=bzl-visibility
load("//rules/private/providers:py_layer_info.bzl", "new_layer")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "actions_of", "input_names")

def _fake_package_impl(ctx):
    files = [ctx.actions.declare_file(ctx.label.name + end) for end in (".layer.tar.gz", ".layer.json", ".contents.json")]
    ctx.actions.run(
        executable = "/bin/false",
        mnemonic = "FakePackage",
        outputs = files,
    )
    deb = DebInfo(archive = "", file = files[0], package = "package", path = "", sha256 = "", version = "1")
    return [deb, PyLayerInfo(layers = depset([new_layer(layer = files[0], facts = files[1], contents = files[2])]))]

fake_package = rule(
    implementation = _fake_package_impl,
    doc = "Something that looks like the layer of a Debian package during analysis.",
    provides = [DebInfo, PyLayerInfo],
)

def _compiled_test(machine, cpu):
    def implementation(ctx):
        env = analysistest.begin(ctx)
        inputs = input_names(actions_of(env, "StdlibBytecode")[0])
        asserts.true(env, machine + "_interpreter" in inputs, "it is compiled by another interpreter: " + str(inputs))
        return analysistest.end(env)

    return analysistest.make(
        implementation,
        config_settings = {"//command_line_option:host_cpu": cpu},
    )

compiled_on_amd64_test = _compiled_test("amd64", "k8")
compiled_on_arm64_test = _compiled_test("arm64", "aarch64")
