"""The targets that stand beside an image or an index."""

load(":image_layout.bzl", "image_layout")

visibility(["//rules/..."])

# Attributes of every rule, which targets of one macro share.
COMMON = ["compatible_with", "restricted_to", "tags", "target_compatible_with", "testonly", "visibility"]

def beside(kwargs):
    """The attributes of targets that are built when they are asked for.

    Args:
        kwargs: dict, the image's attributes.

    Returns:
        dict.
    """
    common = {key: kwargs[key] for key in COMMON if key in kwargs}
    return common | {"tags": common.get("tags", []) + ["manual"]}

def declare_beside(name, kwargs):
    """Declares `NAME.layout` and `NAME.digest`.

    Args:
        name: string, the name of the image or the index.
        kwargs: dict, its attributes.
    """
    image_layout(
        name = name + ".layout",
        image = name,
        **beside(kwargs)
    )
    native.filegroup(
        name = name + ".digest",
        srcs = [name],
        output_group = "digest",
        **beside(kwargs)
    )
