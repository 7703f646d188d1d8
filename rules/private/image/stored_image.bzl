"""Where an image or an index is, for actions and for programs that are run."""

load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load("//rules/private/providers:py_index_info.bzl", "PyIndexInfo")

visibility(["//rules/..."])

# What an attribute that takes either has for `providers`.
IMAGE_OR_INDEX = [[PyImageInfo], [PyIndexInfo]]

def _images(target):
    return [target[PyImageInfo]] if PyImageInfo in target else target[PyIndexInfo].images.values()

def info_of(target):
    """The provider that a target has.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        PyImageInfo or PyIndexInfo: both have `descriptor`, `digest` and `documents`.
    """
    return target[PyImageInfo] if PyImageInfo in target else target[PyIndexInfo]

def image_of(ctx, target):
    """The one image of a target, for what runs it.

    Args:
        ctx: the rule context, for messages.
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        PyImageInfo.
    """
    if PyImageInfo not in target:
        fail("{}: image = \"{}\" is an index of several images. Give the py_image that it is made of.".format(ctx.label, target.label))
    return target[PyImageInfo]

def _own(target):
    return [target[PyIndexInfo].index] if PyIndexInfo in target else []

def image_fields(target):
    """Where an image is: the members of ImageFiles but `label`, for an action's manifest and for that of a program that is run.

    Paths start at the exec root; `image_runfiles` has the same ones below the workspace's directory.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        dict.
    """
    images = _images(target)
    return {
        "bases": [image.base.layout.path for image in images],
        "descriptor": info_of(target).descriptor.path,
        "documents": [file.path for file in _own(target)] + [
            file.path
            for image in images
            for file in _small_files(image)
        ],
        "layers": [
            {"facts": layer.facts.path, "layer": layer.layer.path}
            for image in images
            for layer in image.layers.to_list()
        ],
    }

def image_inputs(target):
    """What an action reads an image from.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        depset of File.
    """
    return depset([info_of(target).descriptor] + _own(target), transitive = [image.files for image in _images(target)])

def image_runfiles(ctx, target, lazy = False):
    """The runfiles that `image_fields` names.

    They have their paths from the exec root: one layer has a file for each configuration, all with one `short_path`, and a program may be
    given several of them.

    Args:
        ctx: the rule context.
        target: Target with PyImageInfo or PyIndexInfo.
        lazy: bool, whether bases, and layers and their facts, are left out.

    Returns:
        runfiles.
    """
    images = _images(target)
    files = [info_of(target).descriptor] + _own(target)
    files += [file for image in images for file in (_small_files(image) if lazy else image.files.to_list())]
    return ctx.runfiles(symlinks = {file.path: file for file in files})

def _small_files(image):
    return [image.manifest, image.config]
