"""py_image as it is loaded: the rule, with Debian packages by their names, and the target platform told."""

load(":py_image.bzl", "py_image_rule")

visibility(["//rules/..."])

def py_image(name, base, debs = [], **kwargs):
    """An image of a Python program on a distroless base, as an OCI layout directory.

    All attributes are those of the rule; `debs` may also name packages as Debian does.

    Args:
        name: the target's name, and the name of the layout directory.
        base: label of the base.
        debs: Debian packages to add with what they require: names (`"libgl1"`), which are targets of the base's
            repository, there once its lock has them (`tools:lock -- debian --add libgl1`), or labels.
        **kwargs: the rule's other attributes.
    """
    if type(debs) == "list" and type(base) == "string":
        repository = native.package_relative_label(base)
        debs = [deb if "/" in deb or ":" in deb else repository.same_package_label(deb) for deb in debs]
    py_image_rule(
        name = name,
        base = base,
        debs = debs,
        target_architecture = select({
            Label("@platforms//cpu:aarch64"): "arm64",
            Label("@platforms//cpu:x86_64"): "amd64",
            "//conditions:default": "",
        }),
        **kwargs
    )
