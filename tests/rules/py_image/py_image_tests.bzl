"""What py_image declares: which actions, from which files, into which outputs."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("//rules:providers.bzl", "PyImageInfo", "PyIndexInfo", "PyLayerInfo")
load("//rules/private/config:platforms.bzl", "oci_platform")  # buildifier: disable=bzl-visibility
load("//rules/private/image:closure_aspect.bzl", "ClosureInfo", "closure_aspect")  # buildifier: disable=bzl-visibility
load("//rules/private/pip_parse:distribution_aspect.bzl", "WhlInfo", "whl_aspect")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "AspectActionsInfo", "actions_of", "aspect_with_actions", "in_image_rule", "input_names", "manifest_of", "output_names")

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
    asserts.equals(env, ["debian13_base.amd64.compiler"], [name for name in app if name.split(".")[-1] in ("compiler", "interpreter")])
    asserts.false(env, "site-packages" in app, "wheels are not unpacked for an image")
    image = input_names(actions_of(env, "ImageManifest")[0])
    asserts.false(env, "app.py" in image, "sources are read by the app layer alone")
    asserts.true(env, "image.app.layer.json" in image)
    verified = input_names(actions_of(env, "ImageVerify")[0])
    asserts.equals(env, [], [name for name in verified if name.endswith(".layer.json")], "they change with every byte")
    asserts.equals(env, [], [name for name in image if name.endswith(".tar.gz")], "no layer is read")
    return analysistest.end(env)

inputs_test = analysistest.make(_inputs_impl)

def _uncompiled_impl(ctx):
    env = analysistest.begin(ctx)
    app = input_names(actions_of(env, "AppLayer")[0])
    asserts.equals(env, [], [name for name in app if name.split(".")[-1] in ("compiler", "interpreter")])
    return analysistest.end(env)

uncompiled_test = analysistest.make(_uncompiled_impl)

def _closure_impl(ctx):
    env = analysistest.begin(ctx)
    image = actions_of(env, "ImageManifest")[0]
    owners = {file.owner.repo_name: True for file in image.inputs.to_list() if file.basename == "wheel.layer.json"}
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

def _read(action):
    return [name for name in input_names(action) if not name.endswith(".py")]

def _names_of(files):
    return sorted([file.basename for file in files.to_list()])

def _documents_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    groups = target[OutputGroupInfo]
    verify = actions_of(env, "ImageVerify")[0]
    asserts.equals(env, verify.outputs.to_list(), groups._validation.to_list(), "every build verifies")
    asserts.equals(env, ["image.verified"], output_names(verify))
    report = actions_of(env, "ImageReport")[0]
    asserts.equals(env, ["image.report.html", "image.report.json"], output_names(report))
    asserts.equals(env, _names_of(groups.report), output_names(report))
    more = [name for name in _read(report) if name not in _read(verify) and not name.endswith(".layer.json")]
    asserts.equals(env, ["image.digest"], more, "what is verified is reported, with its sizes")
    for action in (verify, report):
        asserts.equals(env, [], [name for name in _read(action) if name.endswith(".tar.gz")], "no layer is read")
    sbom = actions_of(env, "ImageSbom")[0]
    asserts.equals(env, ["image.cdx.json", "image.provenance.json", "image.spdx.json"], output_names(sbom))
    asserts.equals(env, ["image.cdx.json", "image.spdx.json"], _names_of(groups.sbom))
    asserts.equals(env, ["image.provenance.json"], _names_of(groups.provenance))
    read = _read(sbom)
    for name in ("image.manifest.json", "image.config.json", "image.descriptor.json", "image.app.layer.tar.gz"):
        asserts.true(env, name in read, name + " is in the provenance")
    asserts.true(env, [name for name in read if name.startswith("django-") and name.endswith(".whl")], "so is the wheel")
    asserts.equals(
        env,
        [("provenance", "image.descriptor.json"), ("sbom", "image.descriptor.json"), ("sbom", "image.descriptor.json")],
        sorted([(document.kind, document.descriptor.basename) for document in target[PyImageInfo].documents]),
    )
    return analysistest.end(env)

documents_test = analysistest.make(_documents_impl)

def _layout_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "ImageLayout")
    asserts.equals(env, 1, len(actions))
    layout = actions[0].outputs.to_list()[0]
    asserts.equals(env, (True, "image.layout"), (layout.is_directory, layout.basename))
    target = analysistest.target_under_test(env)
    asserts.equals(env, [layout], target[DefaultInfo].files.to_list())
    asserts.equals(env, [layout], target[DefaultInfo].default_runfiles.files.to_list())
    read = _read(actions[0])
    for name in ("debian13_base", "image.app.layer.tar.gz", "image.manifest.json"):
        asserts.true(env, name in read, name + " is read")
    asserts.false(env, "image.verified" in read)
    return analysistest.end(env)

layout_test = analysistest.make(_layout_impl)

def _oci_parts_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "OciParts")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["parts.cmd.txt", "parts.entrypoint.txt", "parts.env.txt"], output_names(actions[0]))
    groups = analysistest.target_under_test(env)[OutputGroupInfo]
    for part in ("cmd", "entrypoint", "env"):
        asserts.equals(env, ["parts.{}.txt".format(part)], _names_of(getattr(groups, part)))
    asserts.equals(env, ["debian13_base"], _names_of(groups.base))
    asserts.equals(env, "image.app.layer.tar.gz", groups.layers.to_list()[-1].basename, "the app is on top")
    return analysistest.end(env)

oci_parts_test = analysistest.make(_oci_parts_impl)

def _static_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "DjangoStatic")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["static.contents.json", "static.layer.json", "static.layer.tar.gz"], output_names(actions[0]))
    manifest = manifest_of(actions[0])
    asserts.equals(env, [{"NAME": "value"}, "mysite.settings"], [manifest[key] for key in ("env", "settings")])
    asserts.true(env, "static.site.app.layer.tar.gz" in _read(actions[0]), "it runs in the site's image")
    layers = analysistest.target_under_test(env)[PyLayerInfo].layers.to_list()
    asserts.equals(env, ["static.layer.tar.gz"], [layer.layer.basename for layer in layers])
    return analysistest.end(env)

static_test = analysistest.make(_static_impl)

def _layers_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    layers = target[PyLayerInfo].layers.to_list()
    asserts.equals(env, 4, len(layers), "django, asgiref, sqlparse and the app")
    asserts.equals(env, "layers.app.layer.tar.gz", layers[-1].layer.basename)
    asserts.equals(env, [layer.layer for layer in layers], target[DefaultInfo].files.to_list())
    asserts.equals(env, [layer.facts for layer in layers], target[OutputGroupInfo].facts.to_list())
    mnemonics = {action.mnemonic: True for action in analysistest.target_actions(env)}
    asserts.equals(env, ["AppLayer"], [name for name in mnemonics if name != "Middleman"], "no image is made")
    return analysistest.end(env)

layers_test = analysistest.make(_layers_impl)

def _grouped_impl(ctx):
    env = analysistest.begin(ctx)
    groups = actions_of(env, "LayerGroup")
    asserts.true(env, len(groups) > 0, "some layers are joined")
    parts = [part["layer"] for action in groups for part in manifest_of(action)["layers"]]
    for action in groups:
        asserts.true(env, len(manifest_of(action)["layers"]) > 1, "one layer alone is not joined")
        asserts.equals(env, 3, len(action.outputs.to_list()))
        read = [file.path for file in action.inputs.to_list()]
        asserts.equals(env, [], [part["layer"] for part in manifest_of(action)["layers"] if part["layer"] not in read])
    laid = [layer.layer.path for layer in analysistest.target_under_test(env)[PyImageInfo].layers.to_list()]
    asserts.equals(env, [], [part for part in parts if part in laid], "a layer is in the image once")
    asserts.equals(env, len(parts), len({part: True for part in parts}), "and in one group")
    for action in groups:
        asserts.true(env, [file for file in action.outputs.to_list() if file.path in laid], "what is joined is in the image")
    return analysistest.end(env)

grouped_test = analysistest.make(_grouped_impl)

def _debs_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "LdCache")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["added.ld-cache.contents.json", "added.ld-cache.layer.json", "added.ld-cache.layer.tar.gz"], output_names(actions[0]))
    asserts.equals(env, [], [name for name in _read(actions[0]) if name.endswith(".tar.gz")], "no layer is read")
    asserts.equals(env, ["package.layer.tar.gz"], [layer["layer"].split("/")[-1] for layer in manifest_of(actions[0])["layers"]])
    laid = [layer.layer.basename for layer in analysistest.target_under_test(env)[PyImageInfo].layers.to_list()]
    order = [name for name in laid if name in ("package.layer.tar.gz", "added.app.layer.tar.gz", "added.ld-cache.layer.tar.gz")]
    asserts.equals(env, ["package.layer.tar.gz", "added.app.layer.tar.gz", "added.ld-cache.layer.tar.gz"], order)
    return analysistest.end(env)

debs_test = analysistest.make(_debs_impl)

def _program_impl(ctx):
    return [ctx.attr.program[ClosureInfo]]

closure_of = rule(
    implementation = _program_impl,
    doc = "Hands on what closure_aspect says of a program on the developer's machine.",
    attrs = {"program": attr.label(aspects = [closure_aspect])},
)

def _hand_on_closure(target):
    return [target[ClosureInfo]]

closure_in_image = in_image_rule(_hand_on_closure, "Hands on what closure_aspect says of a program of an image.", aspects = [closure_aspect])

def _wheels(info):
    return {wheel.distribution: wheel for wheel in info.wheels.to_list()}

def _closure_of_program_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[ClosureInfo]
    asserts.equals(env, "app.py", info.main.basename)
    wheels = _wheels(info)
    asserts.equals(env, ["asgiref", "django", "sqlparse"], sorted([name for name in wheels if name != "extracted-words"]))
    asserts.equals(env, [], info.changed.to_list())
    return analysistest.end(env)

closure_of_program_test = analysistest.make(_closure_of_program_impl)

def _extracted_impl(ctx):
    env = analysistest.begin(ctx)
    found = _wheels(analysistest.target_under_test(env)[ClosureInfo])["extracted-words"]
    asserts.equals(env, ("1.0", None), (found.version, found.file))
    asserts.equals(env, "extracted.image.layer.tar.gz", found.layers[0].layer.basename)
    asserts.equals(env, {"action": "tree-layer"}, json.decode(found.layers[0].recipe))
    return analysistest.end(env)

extracted_test = analysistest.make(_extracted_impl)

_closure_actions = aspect_with_actions(closure_aspect)

def _hand_on_actions(target):
    return [target[AspectActionsInfo]]

actions_in_image = in_image_rule(
    _hand_on_actions,
    "Hands on what closure_aspect does at a target of an image.",
    aspects = [_closure_actions],
)

def _tree_layer_impl(ctx):
    env = analysistest.begin(ctx)
    actions = actions_of(env, "TreeLayer")
    asserts.equals(env, 1, len(actions))
    asserts.equals(env, ["extracted.image.contents.json", "extracted.image.layer.json", "extracted.image.layer.tar.gz"], output_names(actions[0]))
    read = [name for name in _read(actions[0]) if not name.startswith("debian13_base.")]
    asserts.equals(env, [], read, "nothing but its sources, the base's Python and what compiles")
    paths = [file["path"] for file in manifest_of(actions[0])["files"]]
    asserts.equals(env, ["tests/rules/py_image/site-packages/extracted.py"], paths)
    return analysistest.end(env)

tree_layer_test = analysistest.make(_tree_layer_impl)

def _not_extracted_impl(ctx):
    env = analysistest.begin(ctx)
    info = analysistest.target_under_test(env)[ClosureInfo]
    asserts.equals(env, [], [name for name in _wheels(info) if name == "extracted-words"], "no layer is made on the developer's machine")
    return analysistest.end(env)

not_extracted_test = analysistest.make(_not_extracted_impl)

def _hand_on_whl(target):
    return [target[WhlInfo]]

whl_in_image = in_image_rule(_hand_on_whl, "Hands on what whl_aspect says of files of an image.", aspects = [whl_aspect])

def _whl_of_impl(ctx):
    return [ctx.attr.files[WhlInfo]]

whl_of = rule(
    implementation = _whl_of_impl,
    doc = "Hands on what whl_aspect says of files on the developer's machine.",
    attrs = {"files": attr.label(aspects = [whl_aspect])},
)

def _whl_impl(ctx):
    env = analysistest.begin(ctx)
    wheels = _wheels(analysistest.target_under_test(env)[WhlInfo])
    asserts.equals(env, ctx.attr.wheels, wheels.keys())
    for wheel in wheels.values():
        asserts.equals(env, ("1.0", "whl"), (wheel.version, wheel.file.extension))
        asserts.equals(env, wheel.file, wheel.layers[0].source)
        asserts.equals(env, "wheel-layer", json.decode(wheel.layers[0].recipe)["action"])
    return analysistest.end(env)

whl_test = analysistest.make(_whl_impl, attrs = {"wheels": attr.string_list()})
