"""py_layers as it is loaded: the rule, with the target platform told."""

load("//rules/private/config:platforms.bzl", "TARGET_ARCHITECTURE", "oci_platform")
load("//rules/private/image:py_layers.bzl", "py_layers_rule")

visibility(["//rules/..."])

def py_layers(name, platform = "", **kwargs):
    """The layers of a Python program on a base: one `.tar.gz` a wheel, and the app's; complete layers for any image rule.

    Args:
        name: the target's name.
        platform: as in `py_image`.
        **kwargs: the other attributes, below.
    """
    py_layers_rule(
        name = name,
        platform = oci_platform(platform, "//{}:{}: platform".format(native.package_name(), name)) if type(platform) == "string" else platform,
        target_architecture = TARGET_ARCHITECTURE,
        **kwargs
    )
