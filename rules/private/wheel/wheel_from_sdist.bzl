"""wheel_from_sdist: a source distribution becomes a wheel for one image; pure_wheel_from_sdist: by Python alone."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "new_manifest", "run_tool")
load("//rules/private/config:transitions.bzl", "base_transition")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load(":wheel.bzl", "WheelFileInfo")

visibility("public")  # loaded by the repositories that the extension makes

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}

def _build(ctx, tag, inputs, **fields):
    """The action that builds the wheel; `fields` are what the manifest has besides what both rules have."""
    wheel = ctx.actions.declare_file("{name}/{distribution}-{version}-{tag}.whl".format(
        distribution = ctx.attr.distribution.replace("-", "_"),
        name = ctx.label.name,
        tag = tag,
        version = ctx.attr.version.replace("-", "_"),
    ))
    requires = [required[WheelFileInfo].wheel for required in ctx.attr.requires]
    run_tool(
        ctx,
        command = "wheel-from-sdist",
        inputs = [ctx.file.src] + inputs + [required.file for required in requires],
        manifest = new_manifest(
            ctx,
            architecture = ctx.attr.architecture,
            build_requires = ctx.attr.build_requires,
            distribution = ctx.attr.distribution,
            hub = ctx.attr.hub,
            label = "{}//{}".format(ctx.attr.hub, ctx.attr.distribution.replace("-", "_")),
            output = wheel.path,
            python = ctx.attr.python,
            release = ctx.attr.release,
            requires = [
                {"distribution": required.distribution, "version": required.version, "wheel": required.file.path}
                for required in requires
            ],
            sdist = ctx.file.src.path,
            sha256 = ctx.attr.sha256,
            timeout = ctx.attr.timeout,
            version = ctx.attr.version,
            **fields
        ),
        message = "Building {} for {}".format(ctx.file.src.basename, ctx.attr.release or "this machine"),
        mnemonic = "WheelFromSdist",
        outputs = [wheel],
        worker = False,  # what a build leaves behind in a process is not for others
    )
    return [DefaultInfo(files = depset([wheel]))]

def _wheel_from_sdist_impl(ctx):
    if ctx.attr.unbuildable:
        fail("{}: {}".format(ctx.label, ctx.attr.unbuildable))
    abi = "cp" + ctx.attr.python.replace(".", "")
    return _build(
        ctx,
        "{abi}-{abi}-linux_{machine}".format(abi = abi, machine = _MACHINES[ctx.attr.architecture]),
        ctx.files.builder + ctx.files.patches,
        build_debs = ctx.attr.build_debs,
        builder_lock = ctx.attr.builder_lock,
        debs = [deb.path for deb in ctx.files.builder],
        patches = [patch.path for patch in ctx.files.patches],
    )

def _pure_wheel_from_sdist_impl(ctx):
    base = ctx.attr._base[PyBaseInfo] if PyBaseInfo in ctx.attr._base else None
    interpreter = [base.builder] if base and ctx.attr.release else []
    return _build(
        ctx,
        "py3-none-any",
        interpreter,
        interpreter = interpreter[0].path if interpreter else "",
        pure = True,
    )

_ATTRS = TOOL_ATTRS | {
    "architecture": attr.string(
        doc = "The image's architecture; what compiles has to run on such a machine.",
        mandatory = True,
        values = ["amd64", "arm64"],
    ),
    "build_requires": attr.string_list(
        doc = "What the hub's `build_requires` says, for messages.",
    ),
    "distribution": attr.string(
        doc = "The distribution's normalised name.",
        mandatory = True,
    ),
    "hub": attr.string(
        doc = "The hub, for example `@pypi`, for messages.",
        mandatory = True,
    ),
    "python": attr.string(
        doc = "The Python it is for, for example `3.13`.",
        mandatory = True,
    ),
    "release": attr.string(
        doc = "The image's release, for example `debian13`; empty for a developer's machine.",
    ),
    "requires": attr.label_list(
        doc = "Wheels that the build needs (PEP 517), with all that they require.",
        providers = [WheelFileInfo],
    ),
    "sha256": attr.string(
        doc = "SHA-256 of the source distribution in hexadecimal.",
        mandatory = True,
    ),
    "src": attr.label(
        allow_single_file = [".tar.gz", ".zip"],
        doc = "The source distribution.",
        mandatory = True,
    ),
    "timeout": attr.int(
        default = 600,
        doc = "Seconds that the build may take.",
    ),
    "version": attr.string(
        doc = "The distribution's version.",
        mandatory = True,
    ),
}

wheel_from_sdist = rule(
    implementation = _wheel_from_sdist_impl,
    doc = "A wheel built from source with the image's Python, in a root of its Debian release's packages, without network.",
    attrs = _ATTRS | {
        "build_debs": attr.string_list(
            doc = "What the hub's `build_debs` says, for messages.",
        ),
        "builder": attr.label_list(
            allow_files = [".deb"],
            doc = "The packages that the root is made of.",
        ),
        "builder_lock": attr.string(
            doc = "Path of the builder's lock in the workspace, for messages.",
        ),
        "patches": attr.label_list(
            allow_files = True,
            doc = "Patches for `patch -p1`, in order.",
        ),
        "unbuildable": attr.string(
            doc = "Why it cannot be built; an error of the targets that need it.",
        ),
    },
    # Built once for every image of the release and architecture.
    cfg = base_transition,
)

pure_wheel_from_sdist = rule(
    implementation = _pure_wheel_from_sdist_impl,
    doc = "A wheel built from source that has nothing to compile: by the base's Python, or by the tools' for a machine.",
    attrs = _ATTRS | {
        "_base": attr.label(
            default = "//rules:current_base",
        ),
    },
)
