"""py_distribution_info: what `importlib.metadata` finds of the workspace's own distributions."""

load("@rules_python//python:py_library.bzl", "py_library")

visibility(["//rules/..."])

def _files_impl(ctx):
    distribution = ctx.attr.distribution
    if not distribution or [part for part in distribution.replace("-", ".").replace("_", ".").split(".") if not part.isalnum()]:
        fail("{}: distribution = \"{}\" is not a name of a distribution. Write the name that pyproject.toml has.".format(ctx.label, distribution))
    folder = "{}/{}-{}.dist-info/".format(ctx.attr.folder, distribution.replace("-", "_").replace(".", "_"), ctx.attr.version)
    metadata = ctx.actions.declare_file(folder + "METADATA")
    ctx.actions.write(metadata, "Metadata-Version: 2.1\nName: {}\nVersion: {}\n".format(distribution, ctx.attr.version))
    entry_points = ctx.actions.declare_file(folder + "entry_points.txt")
    groups = ["[{}]\n{}\n".format(group, "\n".join(lines)) for group, lines in ctx.attr.entry_points.items()]
    ctx.actions.write(entry_points, "\n".join(groups))
    return [DefaultInfo(files = depset([metadata, entry_points]))]

_files = rule(
    implementation = _files_impl,
    doc = "The files of a py_distribution_info.",
    attrs = {
        "distribution": attr.string(mandatory = True, doc = "Its name."),
        "entry_points": attr.string_list_dict(doc = "Group to lines `name = module:object`."),
        "folder": attr.string(mandatory = True, doc = "The folder that is on the import path."),
        "version": attr.string(mandatory = True, doc = "Its version."),
    },
)

def py_distribution_info(*, name, distribution, version = "0", entry_points = {}, visibility = None, testonly = False, tags = []):
    """Name, version and entry points of the workspace's own distribution, for what asks `importlib.metadata` for them.

    ```starlark
    py_distribution_info(
        name = "acme_info",
        distribution = "acme",
        version = "1.2",
        entry_points = {"acme.plugins": ["csv = acme.plugins.csv:Csv"]},
    )
    ```

    Whatever has it among its `deps` finds `importlib.metadata.version("acme")` and `entry_points(group = "acme.plugins")`, in an image
    as well as in `bazel run` and tests. `//tools:generate` writes it for sources that ask, from pyproject.toml or setup.cfg.

    Args:
        name: the target's name.
        distribution: the distribution's name, as pyproject.toml has it.
        version: its version; `"0"` where it has none.
        entry_points: a dict of lists of strings: group to `"name = module:object"`.
        visibility: as in `py_library`.
        testonly: bool, as in `py_library`.
        tags: as in `py_library`.
    """
    files = "_{}_files".format(name)
    _files(
        name = files,
        distribution = distribution,
        entry_points = entry_points,
        folder = name,
        tags = tags + ["manual"],
        testonly = testonly,
        version = version,
        visibility = ["//visibility:private"],
    )
    py_library(
        name = name,
        data = [":" + files],
        imports = [name],
        tags = tags,
        testonly = testonly,
        visibility = visibility,
    )
