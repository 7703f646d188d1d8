"""image_runtime: the Python toolchain of an image's configuration, which nothing fetches or runs."""

load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("@rules_python//python:versions.bzl", "MINOR_MAPPING")

visibility(["//rules/private/config/runtimes"])

def image_runtime(*, name, version):
    """Declares a toolchain for images with this Python, where Debian has it.

    Args:
        name: the toolchain's name, by which the others are named.
        version: string, `3.13`.
    """
    major, minor = version.split(".")
    known = {"interpreter_version_info": {"major": major, "minor": minor}} if "3.13" in MINOR_MAPPING else {}
    py_runtime(
        name = name + ".python",
        interpreter_path = "/usr/bin/python" + version,
        python_version = "PY3",
        **known
    )
    py_runtime_pair(
        name = name + ".runtimes",
        py3_runtime = name + ".python",
        visibility = ["//visibility:public"],  # Bazel looks at it where a toolchain is used
    )
    native.config_setting(
        name = name + ".setting",
        flag_values = {"//rules:image_python": version},
    )
    native.toolchain(
        name = name,
        target_settings = [name + ".setting"],
        toolchain = name + ".runtimes",
        toolchain_type = "@rules_python//python:toolchain_type",
    )
