"""The same words over rules_oci: layers from here, the image put together by `oci_image`.

For teams that standardised on rules_oci. `py_image` alone is faster, and its layout is taken by `oci_push`, `oci_load` and
`oci_image_index` as it is.

```starlark
load("@rules_distroless_python//rules:oci.bzl", "py_oci_image", "py_oci_load", "py_oci_push")

py_oci_image(
    name = "image",
    base = "@python3_debian13",
    binary = ":server",
)

py_oci_push(
    name = "push",
    image = ":image",
    repository = "registry.example.com/server",
)
```
"""

load("//rules/private/image:py_oci.bzl", _py_oci_image = "py_oci_image", _py_oci_image_index = "py_oci_image_index", _py_oci_load = "py_oci_load", _py_oci_push = "py_oci_push")

py_oci_image = _py_oci_image
py_oci_image_index = _py_oci_image_index
py_oci_load = _py_oci_load
py_oci_push = _py_oci_push
