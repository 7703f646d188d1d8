"""wheel: one `.whl` file and, lazily, what is made from it: a layer for an image, a folder for this machine."""

load(":actions.bzl", "TOOL_ATTRS", "label_text", "new_manifest", "run_tool")
load(":base_aspect.bzl", "base_aspect")
load(":elf_facts.bzl", "elf_facts")
load(":py_base_info.bzl", "PyBaseInfo")

visibility("public")  # loaded by the repositories that the extension makes

WheelFileInfo = provider(
    doc = "A wheel, without its requirements.",
    fields = {
        "site_packages": "File or None: the unpacked wheel, for the developer's machine; None in an image's configuration.",
        "wheel": "struct: `distribution`, `version`, `file`, `layer`, `facts`, `elf`; as in PyWheelInfo.closure.",
    },
)

def _site_packages(ctx):
    site_packages = ctx.actions.declare_directory("site-packages")
    run_tool(
        ctx,
        command = "unpack-wheel",
        inputs = [ctx.file.src],
        manifest = new_manifest(
            ctx,
            output = site_packages.path,
            sha256 = ctx.attr.sha256,
            wheel = ctx.file.src.path,
        ),
        message = "Unpacking {}".format(ctx.file.src.basename),
        mnemonic = "UnpackWheel",
        outputs = [site_packages],
    )
    return site_packages

def _layer(ctx, base):
    layer = ctx.actions.declare_file(ctx.label.name + ".layer.tar.gz")
    facts = ctx.actions.declare_file(ctx.label.name + ".layer.json")
    run_tool(
        ctx,
        command = "wheel-layer",
        inputs = [ctx.file.src, base.profile, base.interpreter],
        manifest = new_manifest(
            ctx,
            compile = True,
            direct = ctx.attr.direct,
            facts = facts.path,
            interpreter = base.interpreter.path,
            label = label_text(ctx.label),
            output = layer.path,
            profile = base.profile.path,
            sha256 = ctx.attr.sha256,
            wheel = ctx.file.src.path,
        ),
        message = "Laying {}".format(ctx.file.src.basename),
        mnemonic = "WheelLayer",
        outputs = [layer, facts],
    )
    return layer, facts, elf_facts(ctx, layer, ctx.file.src.basename)

def _wheel_impl(ctx):
    base = ctx.attr._base[PyBaseInfo] if PyBaseInfo in ctx.attr._base else None
    layer, facts, elf = _layer(ctx, base) if base else (None, None, None)
    return [
        DefaultInfo(files = depset([ctx.file.src])),
        WheelFileInfo(
            site_packages = None if base else _site_packages(ctx),
            wheel = struct(
                distribution = ctx.attr.distribution,
                elf = elf,
                facts = facts,
                file = ctx.file.src,
                layer = layer,
                version = ctx.attr.version,
            ),
        ),
    ]

wheel = rule(
    implementation = _wheel_impl,
    doc = "One locked wheel. The layer is made once for every image on the same base; nothing is unpacked for it.",
    attrs = TOOL_ATTRS | {
        "direct": attr.bool(
            doc = "Whether the requirements name it themselves (then its metadata says REQUESTED).",
        ),
        "distribution": attr.string(
            doc = "The distribution's normalised name.",
            mandatory = True,
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the file in hexadecimal.",
            mandatory = True,
        ),
        "src": attr.label(
            doc = "The `.whl` file.",
            allow_single_file = [".whl"],
            mandatory = True,
        ),
        "version": attr.string(
            doc = "The distribution's version.",
            mandatory = True,
        ),
        "_base": attr.label(
            aspects = [base_aspect],
            default = "//rules:base",
        ),
    },
    provides = [WheelFileInfo],
)
