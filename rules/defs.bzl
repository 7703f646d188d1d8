"""Images of Python programs on distroless bases.

```starlark
load("@rules_distroless_python//rules:defs.bzl", "py_image", "py_load", "py_push")

py_image(
    name = "image",
    args = ["--bind=0.0.0.0:8000", "mysite.wsgi"],
    base = "@python3_debian13",
    binary = ":server",
    console_script = "gunicorn",
)

py_load(
    name = "load",
    image = ":image",
    tag = "mysite:latest",
)
```
"""

load("//rules/private/deliver:py_load.bzl", _py_load = "py_load")
load("//rules/private/deliver:py_push.bzl", _py_push = "py_push")
load("//rules/private/deliver:py_push_all.bzl", _py_push_all = "py_push_all")
load("//rules/private/image:py_image_index.bzl", _py_image_index = "py_image_index")
load("//rules/private/macros:py_distribution_info.bzl", _py_distribution_info = "py_distribution_info")
load("//rules/private/macros:py_django_static.bzl", _py_django_static = "py_django_static")
load("//rules/private/macros:py_entry_point.bzl", _py_entry_point = "py_entry_point")
load("//rules/private/macros:py_image.bzl", _py_image = "py_image")
load("//rules/private/macros:py_layers.bzl", _py_layers = "py_layers")
load("//rules/private/testing:py_image_starts_test.bzl", _py_image_starts_test = "py_image_starts_test")
load("//rules/private/testing:py_image_test.bzl", _py_image_test = "py_image_test")
load("//rules/private/testing:py_venv.bzl", _py_venv = "py_venv")

visibility("public")

py_django_static = _py_django_static
py_distribution_info = _py_distribution_info
py_entry_point = _py_entry_point
py_image = _py_image
py_image_index = _py_image_index
py_image_starts_test = _py_image_starts_test
py_image_test = _py_image_test
py_layers = _py_layers
py_load = _py_load
py_push = _py_push
py_push_all = _py_push_all
py_venv = _py_venv
