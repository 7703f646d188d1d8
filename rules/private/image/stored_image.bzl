"""Where an image or an index is, for actions and for programs that are run."""

load("//rules/private/providers:py_image_info.bzl", "PyImageInfo")
load("//rules/private/providers:py_index_info.bzl", "PyIndexInfo")

visibility(["//rules/..."])

# What an attribute that takes either has for `providers`.
IMAGE_OR_INDEX = [[PyImageInfo], [PyIndexInfo]]

def _images(target):
    """The images, each with the directory that its files are below in runfiles: those of several platforms share names."""
    if PyImageInfo in target:
        return [("", target[PyImageInfo])]
    place = "{}/{}.blobs/".format(target.label.package, target.label.name).removeprefix("/")
    return [(place + platform + "/", image) for platform, image in target[PyIndexInfo].images.items()]

def _runfile(place, file):
    return place + file.short_path.replace("../", "external/") if place else file.short_path

def _exec_path(_place, file):
    return file.path

def _fields(target, own, path, blob_path):
    images = _images(target)
    return {
        "bases": [blob_path(place, image.base.layout) for place, image in images],
        "documents": [path("", file) for file in own] + [
            path(place, file)
            for place, image in images
            for file in (image.manifest, image.config)
        ],
        "layers": [
            {"facts": blob_path(place, layer.facts), "layer": blob_path(place, layer.layer)}
            for place, image in images
            for layer in image.layers.to_list()
        ],
    }

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
    """Where an image is, for an action's manifest: the members of ImageFiles but `label`.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        dict.
    """
    return {"descriptor": info_of(target).descriptor.path} | _fields(target, _own(target), _exec_path, _exec_path)

def image_inputs(target):
    """What an action reads an image from.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.

    Returns:
        depset of File.
    """
    return depset([info_of(target).descriptor] + _own(target), transitive = [image.files for _, image in _images(target)])

def image_runfields(target, lazy = False):
    """`image_fields` for a program that is run: paths in runfiles, below the workspace's directory.

    Args:
        target: Target with PyImageInfo or PyIndexInfo.
        lazy: bool, whether the paths of bases, and of layers and their facts, start at the exec root; they may not be there.

    Returns:
        dict.
    """
    blob_path = _exec_path if lazy else _runfile
    return {"descriptor": info_of(target).descriptor.short_path} | _fields(target, _own(target), _runfile, blob_path)

def _small_files(image):
    return [image.manifest, image.config]

def image_runfiles(ctx, target, lazy = False):
    """The runfiles that `image_runfields` names.

    Args:
        ctx: the rule context.
        target: Target with PyImageInfo or PyIndexInfo.
        lazy: bool, whether bases, and layers and their facts, are left out.

    Returns:
        runfiles.
    """
    own = [info_of(target).descriptor] + _own(target)
    placed = {
        _runfile(place, file): file
        for place, image in _images(target)
        if place
        for file in (_small_files(image) if lazy else image.files.to_list())
    }
    unplaced = depset(transitive = [
        depset(_small_files(image)) if lazy else image.files
        for place, image in _images(target)
        if not place
    ])
    return ctx.runfiles(own, symlinks = placed, transitive_files = unplaced)
