"""py_entry_point: a program that calls a function, as `[project.scripts]` of a pyproject.toml names it."""

load("@rules_python//python:py_binary.bzl", "py_binary")

visibility(["//rules/..."])

_MAIN = """import sys

from {module} import {first}

if __name__ == "__main__":
    sys.exit({function}())
"""

def _entry_point_main_impl(ctx):
    module, _, function = ctx.attr.entry_point.partition(":")
    names = module.split(".") + function.split(".")
    if [name for name in names if not name or name[0].isdigit() or not name.replace("_", "a").isalnum()]:
        fail("{}: entry_point = \"{}\" is not of the form \"package.module:function\". Write it as [project.scripts] of a pyproject.toml has it.".format(
            ctx.label,
            ctx.attr.entry_point,
        ))
    main = ctx.actions.declare_file(ctx.label.name + ".py")
    ctx.actions.write(main, _MAIN.format(module = module, first = function.partition(".")[0], function = function))
    return [DefaultInfo(files = depset([main]))]

_entry_point_main = rule(
    implementation = _entry_point_main_impl,
    doc = "The main file of a py_entry_point.",
    attrs = {"entry_point": attr.string(mandatory = True, doc = "`package.module:function`.")},
)

def py_entry_point(*, name, entry_point, deps = [], visibility = None, testonly = False, tags = [], **kwargs):
    """A `py_binary` that calls a function and exits with what it returns.

    It is what a package index's tools make of `[project.scripts]`, for code of the workspace:

    ```starlark
    py_entry_point(
        name = "acme",
        entry_point = "acme_tool.cli:main",
        deps = ["//src/acme_tool"],
    )
    ```

    Args:
        name: the target's name, that of the command.
        entry_point: `package.module:function`, as pyproject.toml has it.
        deps: as in `py_binary`; one of them has the module.
        visibility: as in `py_binary`.
        testonly: bool, as in `py_binary`.
        tags: as in `py_binary`.
        **kwargs: passed on to `py_binary`.
    """
    main = "_{}_entry_point".format(name)
    _entry_point_main(
        name = main,
        entry_point = entry_point,
        testonly = testonly,
        tags = tags + ["manual"],
        visibility = ["//visibility:private"],
    )
    py_binary(
        name = name,
        srcs = [":" + main],
        main = main + ".py",
        testonly = testonly,
        tags = tags,
        visibility = visibility,
        deps = deps,
        **kwargs
    )
