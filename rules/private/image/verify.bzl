"""Verification: every build checks the image against its base; a report is written on request."""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private/actions:actions.bzl", "label_text", "new_manifest", "run_tool")
load(":runfiles_lines.bzl", "add_imports")

visibility(["//rules/..."])

VERIFY_ATTRS = {
    "allow": attr.string_dict(
        doc = """Findings of the verification that are not errors here, each with its reason, for example
`{"undefined-soname:libfoo.so.1": "its plug-in is not used"}`. One that matches nothing is an error.""",
    ),
    "gpu": attr.string(
        doc = """`nvidia` for an image that runs under NVIDIA's container runtime. The driver's libraries (`libcuda.so.1` and the like)
come from there. `NVIDIA_VISIBLE_DEVICES=all` and `NVIDIA_DRIVER_CAPABILITIES=compute,utility` ask for them, where `env` does not
say otherwise. Everything else that compiled code needs has to be in the image.""",
        values = ["", "nvidia"],
    ),
    "_today": attr.label(
        default = "//rules:today",
    ),
}

def _layer_line(layer):
    return json.encode({"layers": [layer.contents.path]})

def _facts_line(layer):
    return json.encode({"facts": [layer.facts.path]})

def _written(ctx, deb):
    """A package as `debs` may name it."""
    return deb.name if deb.repo_name == ctx.attr.base[0].label.repo_name else str(deb)

def _look(ctx, command, image, mnemonic, message, about = {}, facts = False, inputs = [], **outputs):
    """Declares an action that looks at an image: at the facts of layers, too, which change with every byte of them, if it is to.

    `outputs` are File by the manifest's key, `about` other keys.
    """
    manifest = new_manifest(
        ctx,
        allow = ctx.attr.allow,
        args = ctx.attr.args,
        base = image.base.contents.path,
        debs = {
            "asked": [_written(ctx, deb.label) for deb in ctx.attr.debs],
            "left_out": image.base.left_out,
            "lock": image.base.lock,
            "locked": image.base.added,
        },
        entry = image.entry,
        env = ctx.attr.env,
        gpu = ctx.attr.gpu,
        healthcheck = ctx.attr.healthcheck,
        label = label_text(ctx.label),
        profile = image.base.profile.path,
        today = ctx.attr._today[BuildSettingInfo].value,
        workdir = image.workdir,
        **(about | {key: file.path for key, file in outputs.items()})
    )
    manifest.add_all(image.layers, map_each = _layer_line)
    if image.binary and PyInfo in image.binary:
        add_imports(manifest, image.binary[PyInfo].imports, image.binary[PyInfo].transitive_sources)
    documents = [layer.contents for layer in image.layers.to_list()]
    if facts:
        manifest.add_all(image.layers, map_each = _facts_line)
        documents = documents + [layer.facts for layer in image.layers.to_list()]
    run_tool(
        ctx,
        command = command,
        inputs = depset([image.base.profile, image.base.contents] + documents + inputs),
        manifest = manifest,
        message = message,
        mnemonic = mnemonic,
        outputs = outputs.values(),
    )

def verify_image(ctx, *, base, layers, binary, digest, entry, workdir):
    """Declares ImageVerify, which fails for a wrong image, and ImageReport, which says what is in it, on request.

    Two actions, so that the report of a wrong image is there, too.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS`, `VERIFY_ATTRS`, `args`, `debs`, `env`, `exposed_ports`, `gpu`,
            `healthcheck`, `labels` and `user`.
        base: PyBaseInfo.
        layers: depset of struct, as in PyLayerInfo.layers: the image's own.
        binary: Target or None: the program.
        digest: File, the image's digest as text.
        entry: dict, what is started.
        workdir: string, the working directory; empty for the base's.

    Returns:
        struct of File lists: `validation` and `report`.
    """
    image = struct(base = base, binary = binary, entry = entry, layers = layers, workdir = workdir)
    verdict = ctx.actions.declare_file(ctx.label.name + ".verified")
    report, page = [ctx.actions.declare_file(ctx.label.name + suffix) for suffix in (".report.json", ".report.html")]
    _look(ctx, "verify", image, "ImageVerify", "Verifying image %{label}", output = verdict)
    config = {"labels": ctx.attr.labels, "ports": ctx.attr.exposed_ports, "user": ctx.attr.user}
    _look(
        ctx,
        "report",
        image,
        "ImageReport",
        "Writing verification report of %{label}",
        about = config | {"digest": digest.path},
        facts = True,
        html = page,
        inputs = [digest],
        json = report,
    )
    return struct(report = [report, page], validation = [verdict])
