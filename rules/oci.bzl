"""The same image over rules_oci: layers from here, put together by `oci_image`.

For teams that standardised on rules_oci. `py_image` alone is faster. rules_oci's `oci_push`, `oci_load` and `oci_image_index`
take a `py_oci_image` as it is, and of a `py_image` its layout, `:NAME.layout`.

```starlark
load("@rules_distroless_python//rules:oci.bzl", "py_oci_image")
load("@rules_oci//oci:defs.bzl", "oci_push")

py_oci_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":server",
)

oci_push(
    name = "push",
    image = ":image",
    repository = "registry.example.com/server",
)
```
"""

load("//rules/private/macros:py_oci_image.bzl", _py_oci_image = "py_oci_image")

visibility("public")

py_oci_image = _py_oci_image
