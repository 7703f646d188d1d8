"""py_layers: the layers of a program, for an image that something else puts together."""

load(":actions.bzl", "TOOL_ATTRS")
load(":app_layer.bzl", "app_layer")
load(":closure_aspect.bzl", "ClosureInfo")
load(":py_image.bzl", "CONTENT_ATTRS", "base_info")
load(":py_layer_info.bzl", "PyLayerInfo")

visibility(["//rules/..."])

def _py_layers_impl(ctx):
    if not ctx.attr.binary:
        fail("{}: binary is missing: it says whose layers to make.".format(ctx.label))
    base = base_info(ctx)
    binary = ctx.attr.binary[0]
    wheels = [
        struct(elf = wheel.elf, facts = wheel.facts, layer = wheel.layer)
        for wheel in binary[ClosureInfo].wheels.to_list()
    ]
    layers = wheels + app_layer(ctx, binary, base)
    return [
        DefaultInfo(files = depset([layer.layer for layer in layers])),
        OutputGroupInfo(facts = depset([layer.facts for layer in layers])),
        PyLayerInfo(layers = depset(layers)),
    ]

py_layers = rule(
    implementation = _py_layers_impl,
    doc = "The layers of a Python program on a base: one `.tar.gz` a wheel, and the app's; complete layers for any image rule.",
    attrs = TOOL_ATTRS | CONTENT_ATTRS,
    provides = [PyLayerInfo],
)
