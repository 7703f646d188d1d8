"""wheel_library: `@pypi//name`: a wheel with its closure, for `py_binary` on this machine and for images."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private/providers:py_wheel_info.bzl", "PyWheelInfo")
load(":wheel.bzl", "WheelFileInfo")

visibility("public")  # loaded by the repositories that the extension makes

def _import_path(site_packages):
    # A path below the runfiles root: `../repository/...` for a file of another repository.
    short = site_packages.short_path
    return short[len("../"):] if short.startswith("../") else "_main/" + short

def _wheel_library_impl(ctx):
    own = ctx.attr.wheel[WheelFileInfo].wheel
    everything = [ctx.attr.wheel] + ctx.attr.closure
    folders = [w[WheelFileInfo].site_packages for w in everything if w[WheelFileInfo].site_packages]
    files = depset(folders)
    return [
        # In an image's configuration there are no folders: the wheels come as layers, through PyWheelInfo.
        DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files)),
        PyInfo(
            imports = depset([_import_path(folder) for folder in folders]),
            transitive_sources = files,
        ),
        PyWheelInfo(
            closure = depset([w[WheelFileInfo].wheel for w in everything]),
            distribution = own.distribution,
            file = own.file,
            version = own.version,
        ),
        OutputGroupInfo(whl = depset([own.file])),
    ]

wheel_library = rule(
    implementation = _wheel_library_impl,
    doc = """A wheel and all it requires.

The closure is given flat, so distributions that require each other are not a cycle.""",
    attrs = {
        "closure": attr.label_list(
            doc = "The wheels of everything it requires, directly or not.",
            providers = [WheelFileInfo],
        ),
        "wheel": attr.label(
            doc = "The wheel itself.",
            mandatory = True,
            providers = [WheelFileInfo],
        ),
    },
    provides = [PyInfo, PyWheelInfo],
)
