"""Which packages and files a base has, and which of them share a layer."""

load("//rules/private/config:releases.bzl", "LAYERS", "SLIM")
load(":deb_repositories.bzl", "deb_label")

visibility(["//rules/private/extensions"])

_SLIM_BUILD = """
slim_deb_layer(
    name = "{name}",
    exclude = {exclude},
    package = "{package}",
)
"""

def _left_out(tag, python):
    """What a base leaves out: names of packages, and package to patterns of files.

    Args:
        tag: the tag.
        python: string, `3.13`.

    Returns:
        struct: `packages` (dict, used as a set) and `files` (dict of list of string).
    """
    unknown = [name for name in tag.keep if name not in SLIM]
    if unknown:
        fail("distroless.base \"{}\": keep = {} names no part of a base. Choose from {}.".format(tag.name, unknown, sorted(SLIM)))
    if tag.keep and not tag.slim:
        fail("distroless.base \"{}\": keep = {} says what a slim base keeps. Write slim = True, or leave it out.".format(tag.name, tag.keep))
    packages, files = {}, {}
    for part, without in SLIM.items():
        if tag.slim and part not in tag.keep:
            packages |= {name.replace("{python}", python): True for name in without["packages"]}
            for name, pattern in without["files"].items():
                files.setdefault(name.replace("{python}", python), []).append(pattern)
    return struct(files = files, packages = packages)

def laid_packages(tag, python, architecture, packages):
    """The packages of a base.

    Args:
        tag: the tag.
        python: string, `3.13`.
        architecture: Debian's word for it.
        packages: list of dict, those of the lock that the base has.

    Returns:
        dict: label to the layer that the package shares, empty for none; and string, targets for the BUILD file.
    """
    without = _left_out(tag, python)
    layer_of = {
        name.replace("{python}", python): layer
        for layer, names in LAYERS.items()
        for name in names
    }
    laid, build = {}, ""
    for package in packages:
        name = package["name"]
        if name in without.packages:
            continue
        label = deb_label(package, architecture)
        if name in without.files:
            slim = "{}_{}".format(name.replace("+", "_plus"), architecture)
            build += _SLIM_BUILD.format(name = slim, exclude = json.encode(without.files[name]), package = label)
            label = ":" + slim
        laid[label] = layer_of.get(name, "libraries") if tag.layers == "grouped" else ""
    return laid, build

def left_out(tag):
    """The parts that a base does without, by the names that `keep` takes.

    Args:
        tag: the tag.

    Returns:
        list of string.
    """
    return [part for part in SLIM if tag.slim and part not in tag.keep]

def grouping(tag):
    """The layers that a base's packages share, lowest first.

    Args:
        tag: the tag.

    Returns:
        list of string.
    """
    return LAYERS.keys() if tag.layers == "grouped" else []
