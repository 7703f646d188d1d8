"""The providers that the rules exchange; load them to write rules of your own on top."""

load("//rules/private/providers:py_base_info.bzl", _PyBaseInfo = "PyBaseInfo")
load("//rules/private/providers:py_image_info.bzl", _PyImageInfo = "PyImageInfo")
load("//rules/private/providers:py_index_info.bzl", _PyIndexInfo = "PyIndexInfo")
load("//rules/private/providers:py_layer_info.bzl", _PyLayerInfo = "PyLayerInfo")
load("//rules/private/providers:py_wheel_info.bzl", _PyWheelInfo = "PyWheelInfo")

visibility("public")

PyBaseInfo = _PyBaseInfo
PyImageInfo = _PyImageInfo
PyIndexInfo = _PyIndexInfo
PyLayerInfo = _PyLayerInfo
PyWheelInfo = _PyWheelInfo
