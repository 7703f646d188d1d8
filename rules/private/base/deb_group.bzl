"""deb_group: an added Debian package with what it requires."""

load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")

visibility("public")  # loaded by the repositories that the extension makes

def _deb_group_impl(ctx):
    return [PyLayerInfo(layers = depset(transitive = [package[PyLayerInfo].layers for package in ctx.attr.packages]))]

deb_group = rule(
    implementation = _deb_group_impl,
    doc = "The layers of a package that an image adds to its base, its dependencies included.",
    attrs = {
        "packages": attr.label_list(
            doc = "The packages' layers, dependencies first.",
            mandatory = True,
            providers = [PyLayerInfo],
        ),
    },
    provides = [PyLayerInfo],
)
