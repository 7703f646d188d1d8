"""unbuilt_wheel: stands for a wheel that is compiled for images only, on a developer's machine."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "new_manifest", "run_tool")
load("//rules/private/providers:py_wheel_info.bzl", "new_wheel")
load(":wheel.bzl", "WheelFileInfo")

visibility("public")  # loaded by the repositories that the extension makes

def _unbuilt_wheel_impl(ctx):
    folder = ctx.actions.declare_directory("site-packages")
    run_tool(
        ctx,
        command = "stub-modules",
        inputs = [],
        manifest = new_manifest(
            ctx,
            modules = ctx.attr.modules,
            output = folder.path,
            reason = ctx.attr.reason,
        ),
        message = "Standing in for {}".format(ctx.attr.distribution),
        mnemonic = "StubModules",
        outputs = [folder],
    )
    return [
        DefaultInfo(files = depset([ctx.file.src])),
        WheelFileInfo(
            site_packages = folder,
            wheel = new_wheel(
                distribution = ctx.attr.distribution,
                file = ctx.file.src,
                layers = [],
                version = ctx.attr.version,
            ),
        ),
    ]

unbuilt_wheel = rule(
    implementation = _unbuilt_wheel_impl,
    doc = "Modules that raise an ImportError with the reason, so that what does not import them is built and tested here.",
    attrs = TOOL_ATTRS | {
        "distribution": attr.string(
            doc = "The distribution's normalised name.",
            mandatory = True,
        ),
        "modules": attr.string_list(
            doc = "Names that would be importable.",
        ),
        "reason": attr.string(
            doc = "What an import says.",
            mandatory = True,
        ),
        "src": attr.label(
            allow_single_file = True,
            doc = "The source distribution.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "The distribution's version.",
            mandatory = True,
        ),
    },
    provides = [WheelFileInfo],
)
