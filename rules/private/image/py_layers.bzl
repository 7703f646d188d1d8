"""py_layers: the layers of a program, for an image that something else puts together."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo")
load(":py_image.bzl", "CONTENT_ATTRS", "base_info", "own_layers")

visibility(["//rules/..."])

def _py_layers_impl(ctx):
    if not ctx.attr.binary:
        fail("{}: binary is missing: it says whose layers to make.".format(ctx.label))
    base = base_info(ctx)
    own = own_layers(ctx, ctx.attr.binary[0], base)
    layers = depset([layer for wheel in own.wheels for layer in wheel.layers] + own.app, order = "preorder")
    return [
        DefaultInfo(files = depset([layer.layer for layer in layers.to_list()])),
        OutputGroupInfo(facts = depset([layer.facts for layer in layers.to_list()])),
        PyLayerInfo(layers = layers),
    ]

py_layers_rule = rule(
    implementation = _py_layers_impl,
    doc = "The rule of the macro `py_layers`, which is what users load.",
    attrs = TOOL_ATTRS | CONTENT_ATTRS,
    provides = [PyLayerInfo],
)
