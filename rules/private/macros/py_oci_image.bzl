"""py_oci_image: a macro over rules_oci's `oci_image`. Nothing else in this repository loads rules_oci."""

load("@rules_oci//oci:defs.bzl", "oci_image")
load("//rules/private/image:beside.bzl", "COMMON")
load("//rules/private/image:oci_parts.bzl", "oci_parts")
load(":py_image.bzl", "py_image")

visibility(["//rules/..."])

# What oci_image is told itself: the rest of py_image's attributes shows in layers, entrypoint and environment.
_OF_THE_CONFIG = ["annotations", "exposed_ports", "labels"]

def py_oci_image(*, name, user = "65532", workdir = "", **kwargs):
    """An image like `py_image`'s, with the same layers, put together by `oci_image`.

    Also makes `name.native` (the `py_image` whose layers and verification it shares) and `name.parts`.

    Args:
        name: the target's name.
        user: as in `py_image`.
        workdir: as in `py_image`.
        **kwargs: the other attributes of `py_image`. `oci_image` has no `stop_signal`, and `layer_limit` counts for
            `name.native` alone: here each wheel is a layer.
    """
    if kwargs.get("stop_signal"):
        fail("{}: stop_signal = \"{}\": oci_image cannot set it. Leave it out, or use py_image.".format(
            native.package_relative_label(name),
            kwargs["stop_signal"],
        ))
    common = {key: kwargs[key] for key in COMMON if key in kwargs}
    inner = {key: value for key, value in common.items() if key != "visibility"} | {"visibility": ["//visibility:private"]}
    workdir = workdir or ("/app/_main" if kwargs.get("binary") else "")
    py_image(
        name = name + ".native",
        user = user,
        workdir = workdir,
        **({key: value for key, value in kwargs.items() if key not in COMMON} | inner)
    )
    oci_parts(
        name = name + ".parts",
        image = name + ".native",
        **inner
    )
    for part in ("base", "cmd", "entrypoint", "env", "layers"):
        native.filegroup(
            name = "{}.{}".format(name, part),
            srcs = [name + ".parts"],
            output_group = part,
            **inner
        )
    oci_image(
        name = name,
        base = name + ".base",
        cmd = name + ".cmd" if kwargs.get("args") or kwargs.get("cmd") else None,
        entrypoint = name + ".entrypoint",
        env = name + ".env",
        tars = [name + ".layers"],
        user = user,
        workdir = workdir or None,
        **(common | {key: kwargs[key] for key in _OF_THE_CONFIG if kwargs.get(key)})
    )
