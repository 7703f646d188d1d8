"""py_image: a Python program becomes an image."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load("//rules/private/base:base_aspect.bzl", "base_aspect")
load("//rules/private/config:transitions.bzl", "image_base_transition", "image_transition", "release_of")
load("//rules/private/pip_parse:distribution_aspect.bzl", "WhlInfo", "whl_aspect")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")
load(":app_layer.bzl", "app_layer")
load(":closure_aspect.bzl", "ClosureInfo", "closure_aspect")
load(":debs.bzl", "added_debs")
load(":grouping.bzl", "group_layers")
load(":runfiles_lines.bzl", "add_imports")
load(":sbom.bzl", "document_files", "image_documents")
load(":verify.bzl", "VERIFY_ATTRS", "verify_image")

visibility(["//rules/..."])

def _entry(ctx, closure):
    """What is run: a module, a console script, or the binary's main file; never two of them."""
    asked = [name for name in ("module", "console_script") if getattr(ctx.attr, name)]
    if len(asked) == 2:
        fail("{}: module = \"{}\" and console_script = \"{}\" exclude each other: an image starts one program. Keep one of the two.".format(
            ctx.label,
            ctx.attr.module,
            ctx.attr.console_script,
        ))
    if asked:
        return {"kind": asked[0], "value": getattr(ctx.attr, asked[0])}
    if not closure or not closure.main:
        fail("{}: binary = \"{}\" has no main file, so there is nothing to start. {}".format(
            ctx.label,
            ctx.attr.binary[0].label if ctx.attr.binary else "",
            "Give a py_binary (with `main` where no source has its name), or write module = \"...\" or console_script = \"...\".",
        ))
    path = closure.main.short_path
    return {"kind": "file", "value": "/app/" + (path[len("../"):] if path.startswith("../") else "_main/" + path)}

def base_info(ctx):
    """The PyBaseInfo of the attribute `base`; an error where it is not an OCI layout, or not of the release that wheels are for.

    Args:
        ctx: the context of a rule with CONTENT_ATTRS.

    Returns:
        PyBaseInfo.
    """
    base = ctx.attr.base[0]
    if PyBaseInfo not in base:
        fail("{}: base = \"{}\" is not an OCI layout: it has to have one output, a directory. {}".format(
            ctx.label,
            base.label,
            "Give a distroless.base repository, one of oci.pull, an oci_image, or a filegroup of a directory with an oci-layout file.",
        ))
    release = release_of(base.label, ctx.attr.release)
    own = base[PyBaseInfo].release
    if not release:
        fail("{}: the base \"{}\" does not say its release in its name, so wheels cannot be chosen. {}".format(
            ctx.label,
            base.label,
            "Write release = \"{}\"{}.".format(own or "debian13", "" if own else " (or whatever the lock of the wheels calls it)"),
        ))
    if own and own != release:
        fail("{}: wheels are chosen for {}, and the base \"{}\" is {}. Write release = \"{}\".".format(
            ctx.label,
            release,
            base.label,
            own,
            own,
        ))
    return base[PyBaseInfo]

def own_layers(ctx, binary, base, alone = False, written = {}):
    """The layers of a program: its wheels', and its own.

    Args:
        ctx: the context of a rule with CONTENT_ATTRS and TOOL_ATTRS.
        binary: Target or None.
        base: PyBaseInfo.
        alone: bool, whether nothing but the binary can have files below `/app`.
        written: dict, as for app_layer.

    Returns:
        struct: `wheels` (list of struct, as in PyWheelInfo.closure) and `app` (list of struct, as in PyLayerInfo.layers).
    """
    if not binary:
        return struct(app = [], wheels = [])
    closure = binary[ClosureInfo]
    changed = {name: True for name in closure.changed.to_list()}
    handed = {wheel.distribution: wheel for target in ctx.attr.wheels for wheel in target[WhlInfo].wheels.to_list()}
    return struct(
        app = app_layer(ctx, binary, base, alone, written),
        wheels = [
            found if found.distribution in changed else handed.get(found.distribution, found)
            for found in closure.wheels.to_list()
        ],
    )

def _facts_line(file):
    return json.encode({"layers": [file.path]})

def _py_image_impl(ctx):
    base = base_info(ctx)
    binary = ctx.attr.binary[0] if ctx.attr.binary else None
    closure = binary[ClosureInfo] if binary else None
    entry = _entry(ctx, closure)

    if ctx.attr.symlinks and not binary:
        fail("{}: symlinks = {} belong to a program's files, and there is no binary. Write binary = \"...\".".format(ctx.label, ctx.attr.symlinks))
    written = {"owner": ctx.attr.user, "symlinks": ctx.attr.symlinks, "volumes": ctx.attr.volumes}

    # A base of Debian packages has nothing there; one from elsewhere may be anything.
    alone = bool(base.packages) and not ctx.attr.layers
    own = own_layers(ctx, binary, base, alone, written if ctx.attr.symlinks or ctx.attr.volumes else {})
    debs = added_debs(ctx, base)
    bytecode = [base.bytecode] if ctx.attr.stdlib_bytecode else []
    after = depset(debs.cache, transitive = [added[PyLayerInfo].layers for added in ctx.attr.layers], order = "preorder")
    others = len(bytecode) + len(after.to_list()) + len(own.app)
    grouped = group_layers(ctx, base, debs.packages, own.wheels, others)
    parts = depset([layer for wheel in own.wheels for layer in wheel.layers] + own.app + bytecode + debs.packages, transitive = [after], order = "preorder")
    layers = depset(bytecode + grouped.packages + grouped.wheels + own.app, transitive = [after], order = "preorder")
    workdir = ctx.attr.workdir or ("/app/_main" if binary else "")

    # Only the stable part, and only for images that name a key of it.
    texts = ctx.attr.annotations.values() + ctx.attr.labels.values()
    status = [ctx.info_file] if [text for text in texts if "{STABLE_" in text or "{BUILD_" in text] else []
    image, config, descriptor, digest = [
        ctx.actions.declare_file(ctx.label.name + suffix)
        for suffix in (".manifest.json", ".config.json", ".descriptor.json", ".digest")
    ]
    facts = [layer.facts for layer in layers.to_list()]
    manifest = new_manifest(
        ctx,
        annotations = ctx.attr.annotations,
        args = ctx.attr.args,
        config = config.path,
        descriptor = descriptor.path,
        digest_file = digest.path,
        entry = entry,
        env = ctx.attr.env,
        exposed_ports = ctx.attr.exposed_ports,
        gpu = ctx.attr.gpu,
        healthcheck = ctx.attr.healthcheck,
        healthcheck_options = ctx.attr.healthcheck_options,
        label = label_text(ctx.label),
        labels = ctx.attr.labels,
        layer_limit = ctx.attr.layer_limit,
        manifest = image.path,
        profile = base.profile.path,
        status_files = [file.path for file in status],
        stop_signal = ctx.attr.stop_signal,
        user = ctx.attr.user,
        volumes = ctx.attr.volumes,
        workdir = workdir,
    )
    manifest.add_all(facts, map_each = _facts_line)
    if binary and PyInfo in binary:
        add_imports(manifest, binary[PyInfo].imports, binary[PyInfo].transitive_sources)
    run_tool(
        ctx,
        command = "image",
        inputs = [base.profile] + status + facts,
        manifest = manifest,
        message = "Assembling image %{label}",
        mnemonic = "ImageManifest",
        outputs = [image, config, descriptor, digest],
    )
    documents = image_documents(
        ctx,
        base = base,
        config = config,
        descriptor = descriptor,
        image = image,
        laid = layers,
        layers = parts,
    )
    verified = verify_image(
        ctx,
        base = base,
        binary = binary,
        digest = digest,
        entry = entry,
        layers = parts,
        workdir = workdir,
    )
    blobs = [layer.layer for layer in layers.to_list()]
    files = depset([image, config, descriptor, digest] + blobs + facts, transitive = [base.files])
    return [
        DefaultInfo(files = depset([image, config, digest])),
        OutputGroupInfo(
            _validation = depset(verified.validation),
            descriptor = depset([descriptor]),
            digest = depset([digest]),
            layers = depset(blobs),
            provenance = document_files(documents, "provenance"),
            report = depset(verified.report),
            sbom = document_files(documents, "sbom"),
        ),
        PyImageInfo(
            base = base,
            config = config,
            descriptor = descriptor,
            digest = digest,
            documents = documents,
            files = files,
            layers = layers,
            manifest = image,
        ),
    ]

ENTRY_ATTRS = {
    "console_script": attr.string(
        doc = "A console script of one of the wheels to start, for example `gunicorn`.",
    ),
    "module": attr.string(
        doc = "A module to start as `python -m`, for example `gunicorn`.",
    ),
}

CONTENT_ATTRS = {
    "app_bytecode": attr.bool(
        default = True,
        doc = """Whether first-party modules are compiled. Without, each start compiles those that it imports; a change of one needs no
interpreter then, 13 MB that a fresh tree would get from a remote cache.""",
    ),
    "base": attr.label(
        doc = "The base: a `distroless.base` repository, or any OCI layout with Python in it (`oci.pull`, `oci_image`, a filegroup of a directory).",
        aspects = [base_aspect],
        cfg = image_base_transition,
        mandatory = True,
    ),
    "binary": attr.label(
        doc = "The program: a `py_binary`, or a `py_library` where `module` or `console_script` says what to start. Its wheels are found through its `deps` and `data`.",
        aspects = [closure_aspect],
        cfg = image_transition,
        providers = [PyInfo],
    ),
    "debug": attr.bool(
        doc = "Whether the base comes with busybox at `/busybox`, for people who need a shell for an hour; `--@rules_distroless_python//rules:debug` is for all images.",
    ),
    "platform": attr.string(
        doc = "The image's platform, `linux/amd64` or `linux/arm64`; by default that of the build's target CPU.",
        values = ["", "linux/amd64", "linux/arm64"],
    ),
    "python_version": attr.string(
        doc = "The image's Python, `3.13`, by which `pip.parse` chooses wheels; by default that of the Debian release.",
    ),
    "release": attr.string(
        doc = "The release in the words of the wheels' lock, for example `debian13`; by default read off the base's name.",
    ),
    "target_architecture": attr.string(
        doc = "What the build's target platform says, where nothing else does. The macro sets it.",
    ),
    "wheels": attr.label_list(
        aspects = [whl_aspect],
        cfg = image_transition,
        doc = """Wheels of rules_python's `pip.parse` as files, `@pypi//django:whl`, closure included. Distributions among them are taken
from the `.whl`, which is faster than from the extracted files. Needless with a hub of `distroless.wheels`.""",
    ),
    "_allowlist_function_transition": attr.label(
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

py_image_rule = rule(
    implementation = _py_image_impl,
    doc = "The rule of the macro `py_image`, which is what users load.",
    attrs = TOOL_ATTRS | ENTRY_ATTRS | CONTENT_ATTRS | VERIFY_ATTRS | {
        "annotations": attr.string_dict(
            doc = "Annotations of the manifest. `{STABLE_GIT_COMMIT}` stands for that key of the stable workspace status.",
        ),
        "args": attr.string_list(
            doc = "Arguments after the entrypoint (the image's `Cmd`).",
        ),
        "debs": attr.label_list(
            doc = "Debian packages to add, with what they require: targets of the base's repository (`@python3_debian13//:libgl1`).",
            cfg = image_transition,
            providers = [PyLayerInfo],
        ),
        "env": attr.string_dict(
            doc = """Environment variables, over the base's; a `PYTHONPATH` goes behind the directories of the program's imports.
`PYTHONUNBUFFERED=1` is there by default; an empty value takes it away.""",
        ),
        "exposed_ports": attr.string_list(
            doc = "Ports the program listens on, for example `8000/tcp`.",
        ),
        "healthcheck": attr.string_list(
            doc = """Docker's health check: a program of the image and its arguments, without a shell, for example
`["/usr/bin/python3.13", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/')"]`. `["NONE"]` takes the
base's away. Kubernetes has probes of its own and ignores it.""",
        ),
        "healthcheck_options": attr.string_dict(
            doc = "Its `interval`, `timeout`, `start_period`, `start_interval` (`30s`) and `retries` (`3`).",
        ),
        "labels": attr.string_dict(
            doc = "Labels of the image's config. `{STABLE_GIT_COMMIT}` stands for that key of the stable workspace status.",
        ),
        "layer_limit": attr.int(
            default = 125,
            doc = "At most so many layers, the base's included: where there are more, Debian packages and wheels share layers. Docker's limit is 125.",
        ),
        "layers": attr.label_list(
            doc = "More layers (of `py_layers`, or of a rule of yours that gives PyLayerInfo), right above the base.",
            cfg = image_transition,
            providers = [PyLayerInfo],
        ),
        "stdlib_bytecode": attr.bool(
            default = True,
            doc = """Whether the bytecode of the standard library is added above the base, one layer for all images on it. Without it a
container starts slower, since each start compiles what it imports of the library; a base that comes with its own needs none.""",
        ),
        "stop_signal": attr.string(
            doc = "The signal that asks the program to end, for example `SIGTERM`.",
        ),
        "symlinks": attr.string_dict(
            doc = """Symbolic links, path to target: `{"/app/_main/db.sqlite3": "/data/db.sqlite3"}` keeps a file that the program writes beside
its code in a volume.""",
        ),
        "user": attr.string(
            default = "65532",
            doc = "User, or user and group (`65532:65532`), that the program runs as.",
        ),
        "volumes": attr.string_list(
            doc = """Directories that are volumes, for example `/data`: what is written there is not the container's. They are in the
image, and belong to its `user`, so that a new volume can be written to.""",
        ),
        "workdir": attr.string(
            doc = "Working directory; by default `/app/_main`, where the workspace's files are, as under `bazel run`.",
        ),
    },
    provides = [PyImageInfo],
)
