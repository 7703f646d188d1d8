"""What py_load and py_push hand to the programs that they start."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules/private/deliver:py_push_info.bzl", "PyPushInfo")  # buildifier: disable=bzl-visibility
load("//tests/rules:support.bzl", "actions_of")

_STATUS = ["stable-status.txt", "volatile-status.txt"]

def _manifest(env, name):
    for action in actions_of(env, "FileWrite"):
        if action.outputs.to_list()[0].basename == name:
            return json.decode(action.content.split("\n")[0])
    return fail("no action writes " + name)

def _runfiles(env):
    """The paths of what is in the runfiles, below the workspace's directory."""
    runfiles = analysistest.target_under_test(env)[DefaultInfo].default_runfiles
    return [file.short_path for file in runfiles.files.to_list()] + [entry.path for entry in runfiles.symlinks.to_list()]

def _in_bin(path):
    """The path of an output below its configuration's directory."""
    return path.split("/bin/", 1)[1]

def _missing(env, image):
    """What a manifest says of an image and is not in the runfiles."""
    named = [image["descriptor"]] + image["documents"] + image["bases"]
    named += [layer[key] for layer in image["layers"] for key in ("facts", "layer")]
    found = _runfiles(env)
    return [path for path in named if path not in found]

def _load_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "load.manifest.json")
    asserts.equals(env, ["lib:latest"], manifest["tags"])
    asserts.equals(env, "tests/rules/delivery/image.descriptor.json", _in_bin(manifest["descriptor"]))
    asserts.true(env, "--output_groups=tarball" in manifest["tarball"])
    asserts.equals(env, [], _missing(env, manifest), "what the manifest names is in the runfiles")
    asserts.equals(env, _STATUS, manifest["status_files"])
    tarball = actions_of(env, "ImageTarball")
    asserts.equals(env, 1, len(tarball))
    asserts.true(env, "\"architecture\":\"" in "".join(tarball[0].argv), "of an index, one image is taken")
    inputs = [file.basename for file in tarball[0].inputs.to_list()]
    asserts.false(env, "stable-status.txt" in inputs, "a commit does not make the tarball anew")
    return analysistest.end(env)

def _lazy_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "push_image.manifest.json")
    asserts.true(env, manifest["lazy"])
    paths = manifest["bases"] + [layer["layer"] for layer in manifest["layers"]]
    asserts.equals(env, [], [path for path in paths if not path.startswith("bazel-out/")])
    names = [path.split("/")[-1] for path in _runfiles(env)]
    asserts.true(env, "image.manifest.json" in names)
    asserts.equals(env, [], [name for name in names if name.endswith(".tar.gz") or name.endswith(".layer.json") or name == "debian13_base"])
    return analysistest.end(env)

lazy_test = analysistest.make(
    _lazy_impl,
    config_settings = {str(Label("//rules:lazy_push")): True},
)

def _push_all_impl(ctx):
    env = analysistest.begin(ctx)
    lines = [
        json.decode(line)
        for action in actions_of(env, "FileWrite")
        if action.outputs.to_list()[0].basename == "push_all.manifest.json"
        for line in action.content.strip().split("\n")
    ]
    asserts.equals(env, {"label": "//tests/rules/delivery:push_all"}, lines[0])
    asserts.equals(env, {"action": "push-all"}, lines[-1])
    pushes = [line["pushes"][0] for line in lines[1:-1]]
    asserts.equals(env, ["//tests/rules/delivery:push", "//tests/rules/delivery:push_image"], [push["label"] for push in pushes], "each once")
    asserts.equals(
        env,
        ["tests/rules/delivery/index.descriptor.json", "tests/rules/delivery/image.descriptor.json"],
        [_in_bin(push["descriptor"]) for push in pushes],
    )
    for push in pushes:
        paths = [layer["layer"] for layer in push["layers"]]
        asserts.equals(env, len(paths), len({path: None for path in paths}), "each platform's layer has a path of its own")
        asserts.equals(env, [], _missing(env, push), "what {} names is in the runfiles".format(push["label"]))
    asserts.true(env, "tests/rules/delivery/index.linux-amd64.cdx.json" in _runfiles(env))
    return analysistest.end(env)

push_all_test = analysistest.make(_push_all_impl)

load_test = analysistest.make(_load_impl)

def _push_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "push.manifest.json")
    asserts.equals(env, "registry.example.com/lib", manifest["repository"])
    asserts.equals(env, ["v1"], manifest["tags"])
    asserts.equals(env, "tests/rules/delivery/index.descriptor.json", _in_bin(manifest["descriptor"]))
    asserts.equals(env, ["registry.example.com/bases/python3"], manifest["mount_from"])
    asserts.equals(env, _STATUS, manifest["status_files"])
    types = [referrer["artifact_type"] for referrer in manifest["referrers"]]
    asserts.equals(env, ["application/vnd.cyclonedx+json", "application/spdx+json"] * 2, types, "of each platform's image")
    files = [referrer["file"].split("/")[-1] for referrer in manifest["referrers"]]
    asserts.equals(env, "index.linux-amd64.cdx.json", files[0])
    asserts.equals(env, 4, len({file: None for file in files}), "no platform's file hides another's")
    asserts.false(env, manifest["insecure"])
    asserts.equals(env, [], _missing(env, manifest), "what the manifest names is in the runfiles")
    (line,) = [json.decode(line) for line in analysistest.target_under_test(env)[PyPushInfo].lines.to_list()]
    asserts.equals(env, [manifest], line["pushes"], "a push of many is told the same")
    return analysistest.end(env)

push_test = analysistest.make(_push_impl)

def _starts_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = [json.decode(action.content.splitlines()[0]) for action in analysistest.target_actions(env) if action.content and action.content.startswith("{")][0]
    asserts.equals(env, {"NAME": "value"}, manifest["env"])
    asserts.true(env, manifest["by_macro"], "messages say what to write in `starts`")
    asserts.equals(env, None, manifest["ports"], "the image says which")
    asserts.equals(env, {"no-sandbox": "1"}, analysistest.target_under_test(env)[testing.ExecutionInfo].requirements)
    return analysistest.end(env)

starts_test = analysistest.make(_starts_impl)

def _run_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "image.run.manifest.json")
    asserts.equals(env, "//tests/rules/delivery:image", manifest["image_label"])
    asserts.equals(env, "tests/rules/delivery/image.descriptor.json", _in_bin(manifest["descriptor"]))
    asserts.equals(env, [], _missing(env, manifest), "what the manifest names is in the runfiles")
    asserts.true(env, manifest["profile"] in _runfiles(env))
    executable = analysistest.target_under_test(env)[DefaultInfo].files_to_run.executable
    asserts.equals(env, "image.run", executable.basename)
    started = [action.content for action in actions_of(env, "FileWrite") if action.outputs.to_list() == [executable]]
    asserts.true(env, "tests/rules/delivery/image.run.manifest.json" in started[0], "what is started reads it")
    return analysistest.end(env)

run_test = analysistest.make(_run_impl)

def _image_test_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "asks.manifest.json")
    asserts.equals(env, "/test/lib.py", manifest["main"])
    asserts.equals(env, [{"source": "tests/rules/delivery/lib.py", "target": "/test/lib.py"}], manifest["mounts"])
    asserts.true(env, "tests/rules/delivery/lib.py" in _runfiles(env))
    asserts.equals(env, {"port": 8000, "requests": [{"body": "hello", "path": "/"}]}, manifest["server"])
    asserts.equals(env, ["--port=8000"], manifest["args"])
    asserts.equals(env, [], _missing(env, manifest), "what the manifest names is in the runfiles")
    asserts.equals(env, "tests/rules/delivery/debian13_base.arm64.profile.json", manifest["profile"], "of the image for `platform`")
    asserts.equals(env, {"no-sandbox": "1"}, analysistest.target_under_test(env)[testing.ExecutionInfo].requirements)
    return analysistest.end(env)

image_test = analysistest.make(
    _image_test_impl,
    config_settings = {str(Label("//rules:architecture")): "amd64"},
)

def _venv_impl(ctx):
    env = analysistest.begin(ctx)
    manifest = _manifest(env, "venv.manifest.json")
    asserts.equals(env, [".editor", "_main"], [manifest[key] for key in ("directory", "workspace")])
    imports = manifest["imports"]
    asserts.equals(env, 3, len(imports), "django and what it requires: {}".format(imports))
    found = _runfiles(env)
    asserts.equals(env, [], [path for path in imports if "../" + path not in found], "each is in the runfiles")
    return analysistest.end(env)

venv_test = analysistest.make(_venv_impl)
