"""What a base is made of, and who compiles for it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:providers.bzl", "PyBaseInfo", "PyLayerInfo")
load("//rules/private/base:base_aspect.bzl", "base_aspect")  # buildifier: disable=bzl-visibility
load("//rules/private/base:base_interpreter.bzl", "BaseInterpreterInfo")  # buildifier: disable=bzl-visibility
load("//rules/private/base:deb_layer.bzl", "DebInfo")  # buildifier: disable=bzl-visibility
load("//rules/private/providers:py_layer_info.bzl", "layer_files", "new_layer")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "AspectActionsInfo", "actions_of", "aspect_with_actions", "in_image_rule", "input_names", "manifest_of", "output_names")

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
        asserts.true(env, machine + "_interpreter.compiler" in inputs, "it is compiled by another interpreter: " + str(inputs))
        return analysistest.end(env)

    return analysistest.make(
        implementation,
        config_settings = {"//command_line_option:host_cpu": cpu},
    )

compiled_on_amd64_test = _compiled_test("amd64", "k8")
compiled_on_arm64_test = _compiled_test("arm64", "aarch64")

def _layer_names(name):
    return [name + ".contents.json", name + ".layer.json", name + ".layer.tar.gz"]

def _one_layer(env):
    layers = analysistest.target_under_test(env)[PyLayerInfo].layers.to_list()
    asserts.equals(env, 1, len(layers))
    return layers[0]

def _deb_layer_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "DebLayer")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, _layer_names("deb"), output_names(actions[0]))
    asserts.equals(env, ["libx1.deb"], [name for name in input_names(actions[0]) if not name.endswith(".py")])
    manifest = manifest_of(actions[0])
    asserts.equals(env, ["libx1", "1.2-3", "ab", []], [manifest[key] for key in ("name", "version", "sha256", "exclude")])
    layer = _one_layer(env)
    asserts.equals(env, "libx1.deb", layer.source.basename)
    recipe = {"action": "deb-layer", "archive": "debian", "exclude": [], "path": "pool/libx1.deb"}
    asserts.equals(env, recipe, json.decode(layer.recipe))
    deb = analysistest.target_under_test(env)[DebInfo]
    asserts.equals(
        env,
        ("debian", "libx1.deb", "libx1", "pool/libx1.deb", "ab", "1.2-3"),
        (deb.archive, deb.file.basename, deb.package, deb.path, deb.sha256, deb.version),
    )
    asserts.equals(env, ["deb.layer.tar.gz"], [file.basename for file in analysistest.target_under_test(env)[DefaultInfo].files.to_list()])
    return analysistest.end(env)

deb_layer_test = analysistest.make(_deb_layer_impl)

def _slim_impl(ctx):
    env = analysistest.begin(ctx)
    action = actions_of(env, "DebLayer")[0]
    asserts.equals(env, ["libx1.deb"], [name for name in input_names(action) if not name.endswith(".py")], "not the whole layer")
    manifest = manifest_of(action)
    asserts.equals(env, ["libx1", ["usr/share/x/.*"]], [manifest[key] for key in ("name", "exclude")])
    asserts.equals(env, ["usr/share/x/.*"], json.decode(_one_layer(env).recipe)["exclude"])
    asserts.equals(env, "libx1", analysistest.target_under_test(env)[DebInfo].package)
    return analysistest.end(env)

slim_test = analysistest.make(_slim_impl)

def _deb_group_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.equals(env, [], analysistest.target_actions(env))
    layers = analysistest.target_under_test(env)[PyLayerInfo].layers.to_list()
    asserts.equals(env, ["deb.layer.tar.gz", "package.layer.tar.gz"], [layer.layer.basename for layer in layers])
    return analysistest.end(env)

deb_group_test = analysistest.make(_deb_group_impl)

def _interpreter_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "BaseInterpreter")
    asserts.equals(env, 1, len(actions))
    asserts.true(env, actions[0].outputs.to_list()[0].is_directory)
    given = [name for name in input_names(actions[0]) if not name.endswith(".py")]
    asserts.equals(env, _layer_names("package"), given)
    asserts.equals(env, "arm64", manifest_of(actions[0])["architecture"])
    info = analysistest.target_under_test(env)[BaseInterpreterInfo]
    asserts.equals(env, ("arm64", "arm64_interpreter"), (info.architecture, info.interpreter.basename))
    asserts.equals(env, [info.interpreter, info.compiler], actions[0].outputs.to_list())
    asserts.equals(env, ["package.layer.tar.gz"], [layer.layer.basename for layer in info.packages.to_list()])
    return analysistest.end(env)

interpreter_test = analysistest.make(_interpreter_impl)

def _python_layer_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "PythonLayer")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, _layer_names("tree"), output_names(actions[0]))
    manifest = manifest_of(actions[0])
    asserts.equals(env, "3.14", manifest["python"])
    asserts.equals(env, ["tests/rules/base/cpython.tar.gz"], [file["path"] for file in manifest["files"]])
    asserts.equals(env, {"action": "python-layer", "python": "3.14"}, json.decode(_one_layer(env).recipe))
    return analysistest.end(env)

python_layer_test = analysistest.make(_python_layer_impl)

def _base_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    info = target[PyBaseInfo]
    actions = actions_of(env, "DistrolessBase")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["arm64", "arm64.contents.json", "arm64.profile.json", "arm64.python.json"], output_names(actions[0]))
    asserts.equals(env, [info.layout, info.profile, info.contents, info.python], actions[0].outputs.to_list())
    manifest = manifest_of(actions[0])
    words = ("architecture", "codename", "python", "release", "version_id")
    asserts.equals(env, ["arm64", "trixie", "3.13", "debian13", "13"], [manifest[key] for key in words])
    asserts.equals(env, (1, 1), (len(manifest["layers"]), len(manifest["joined"])), "one package, in a layer of `system`")
    asserts.equals(env, [info.layout], target[DefaultInfo].files.to_list())
    asserts.equals(env, ("arm64", "debian13", 3), (info.architecture, info.release, info.layers), "a package's layer and two of its own")
    asserts.equals(env, [["system", ["package"]]], json.decode(info.recipe)["grouping"])
    asserts.equals(env, "arm64_interpreter", info.interpreter.basename)
    asserts.equals(env, ["package.layer.tar.gz"], [layer.layer.basename for layer in info.compiler_packages.to_list()], "another machine compiles")
    bytecode = actions_of(env, "StdlibBytecode")[0]
    asserts.equals(env, layer_files([info.bytecode]), bytecode.outputs.to_list())
    given = [name for name in input_names(bytecode) if not name.endswith(".py")]
    asserts.equals(env, ["amd64_interpreter.compiler", "arm64.contents.json", "arm64.profile.json", "arm64_interpreter"], given, "no layer is read")
    return analysistest.end(env)

base_test = analysistest.make(
    _base_impl,
    config_settings = {"//command_line_option:host_cpu": "k8"},
)

_base_actions = aspect_with_actions(base_aspect)

def _pulled_impl(ctx):
    return [ctx.attr.base[AspectActionsInfo]] + ([ctx.attr.base[PyBaseInfo]] if PyBaseInfo in ctx.attr.base else [])

pulled = rule(
    implementation = _pulled_impl,
    doc = "Hands on what base_aspect says of a target.",
    attrs = {"base": attr.label(aspects = [_base_actions])},
)

def _pulled_test_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[PyBaseInfo]
    files = [info.layout, info.profile, info.contents, info.python, info.interpreter]
    names = ["layout", "layout.amd64.profile.json", "layout.amd64.contents.json", "layout.amd64.python.json", "layout.amd64.interpreter"]
    asserts.equals(env, names, [file.basename for file in files])
    asserts.equals(env, [info.interpreter, "layout.amd64.compiler"], [info.builder, info.compiler.basename], "its own Python compiles")
    asserts.equals(env, "layout.amd64.bytecode.layer.tar.gz", info.bytecode.layer.basename)
    asserts.equals(env, ("amd64", "", 0, [], []), (info.architecture, info.release, info.layers, info.packages.to_list(), info.added), "its files say it")
    profile = actions_of(env, "BaseProfile")
    asserts.equals(env, 1, len(profile))
    asserts.equals(env, ["layout.amd64.contents.json", "layout.amd64.profile.json", "layout.amd64.python.json"], output_names(profile[0]))
    asserts.equals(env, ["layout"], [name for name in input_names(profile[0]) if not name.endswith(".py")])
    interpreter = actions_of(env, "BaseInterpreter")
    asserts.equals(env, [info.interpreter, info.compiler], interpreter[0].outputs.to_list())
    asserts.equals(env, layer_files([info.bytecode]), actions_of(env, "StdlibBytecode")[0].outputs.to_list())
    return analysistest.end(env)

pulled_test = analysistest.make(_pulled_test_impl)

def _made_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[PyBaseInfo]
    asserts.equals(env, "debian13", info.release)
    asserts.equals(env, [], actions_of(env, "BaseProfile"), "what a base says of itself is not read again")
    return analysistest.end(env)

made_test = analysistest.make(_made_impl)

def _no_base_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.false(env, PyBaseInfo in analysistest.target_under_test(env))
    asserts.equals(env, [], analysistest.target_actions(env))
    return analysistest.end(env)

no_base_test = analysistest.make(_no_base_impl)

def _pythons_impl(ctx):
    env = analysistest.begin(ctx)
    files = analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()
    asserts.equals(env, ["pythons.txt", "layout.amd64.interpreter", "arm64_interpreter"], [file.basename for file in files])
    written = actions_of(env, "FileWrite")[0].content.splitlines()
    asserts.equals(env, ["//tests/rules/base:" + name for name in ("layout", "arm64", "package")], [line.removeprefix("@@") for line in written])
    return analysistest.end(env)

pythons_test = analysistest.make(_pythons_impl)

BasesInfo = provider(
    doc = "What a target sees of the base in the making.",
    fields = {"base": "PyBaseInfo or None."},
)

def _seen_impl(ctx):
    seen = ctx.attr._base
    return [BasesInfo(base = seen[PyBaseInfo] if PyBaseInfo in seen else None)]

seen = rule(
    implementation = _seen_impl,
    doc = "Says which base it is for.",
    attrs = {"_base": attr.label(default = "//rules:current_base")},
)

def _hand_on_seen(target):
    return [target[BasesInfo]]

of_image = in_image_rule(_hand_on_seen, "Hands on what is seen in an image's configuration.")

def _current_impl(ctx):
    env = analysistest.begin(ctx)
    base = analysistest.target_under_test(env)[BasesInfo].base
    asserts.equals(env, ctx.attr.layout, base.layout.basename if base else "")
    return analysistest.end(env)

current_test = analysistest.make(_current_impl, attrs = {"layout": attr.string()})

FilesInfo = provider(
    doc = "A target's files in two images.",
    fields = {"files": "list of list of string: paths."},
)

def _in_two_images_impl(ctx):
    return [FilesInfo(files = [[file.path for file in target[DefaultInfo].files.to_list()] for target in ctx.attr.images])]

in_two_images = rule(
    implementation = _in_two_images_impl,
    doc = "Compares a target in two images.",
    attrs = {"images": attr.label_list()},
)

def _hand_on_files(target):
    return [DefaultInfo(files = target[DefaultInfo].files)]

files_of_image = in_image_rule(_hand_on_files, "Hands on a target's files in an image's configuration.")

def _shared_impl(ctx):
    env = analysistest.begin(ctx)
    one, other = analysistest.target_under_test(env)[FilesInfo].files
    asserts.equals(env, 1, len(one))
    asserts.equals(env, one, other, "all images of an architecture share it")
    return analysistest.end(env)

shared_test = analysistest.make(_shared_impl)
