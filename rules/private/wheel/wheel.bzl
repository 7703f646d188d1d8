"""wheel: one `.whl` file and, lazily, what is made from it: a layer for an image, a folder for this machine."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "new_manifest", "run_tool")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load("//rules/private/providers:py_wheel_info.bzl", "new_wheel")
load(":wheel_layer.bzl", "wheel_layers")

visibility("public")  # loaded by the repositories that the extension makes

WheelFileInfo = provider(
    doc = "A wheel, without its requirements.",
    fields = {
        "site_packages": "File or None: the unpacked wheel, for the developer's machine; None in an image's configuration.",
        "wheel": "struct, as in PyWheelInfo.closure.",
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
            exclude = ctx.attr.exclude,
            output = site_packages.path,
            sha256 = ctx.attr.sha256 or None,
            wheel = ctx.file.src.path,
        ),
        message = "Unpacking {}".format(ctx.file.src.basename),
        mnemonic = "UnpackWheel",
        outputs = [site_packages],
    )
    return site_packages

def _wheel_impl(ctx):
    base = ctx.attr._base[PyBaseInfo] if PyBaseInfo in ctx.attr._base else None
    layers = []
    if base:
        layers = wheel_layers(
            ctx,
            base = base,
            direct = ctx.attr.direct,
            exclude = ctx.attr.exclude,
            file = ctx.file.src,
            label = ctx.label,
            name = ctx.label.name,
            parts = ctx.attr.parts,
            sha256 = ctx.attr.sha256 or None,
        )
    return [
        DefaultInfo(files = depset([ctx.file.src])),
        WheelFileInfo(
            site_packages = None if base else _site_packages(ctx),
            wheel = new_wheel(
                distribution = ctx.attr.distribution,
                file = ctx.file.src,
                layers = layers,
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
        "exclude": attr.string_list(
            doc = "Patterns of files that are left out, as paths below site-packages: `tests/**`.",
        ),
        "parts": attr.int(
            default = 1,
            doc = "How many layers it is: large files are in others than the first.",
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the file in hexadecimal; none for a wheel that is built here.",
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
            default = "//rules:current_base",
        ),
    },
    provides = [WheelFileInfo],
)
