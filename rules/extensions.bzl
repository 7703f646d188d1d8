"""The module extension: bases from Debian packages, hubs of locked wheels.

```starlark
distroless = use_extension("@rules_distroless_python//rules:extensions.bzl", "distroless")
distroless.base(
    name = "python3_debian13",
    lock = "//:debian13.lock.json",
)
distroless.wheels(
    name = "pypi",
    lock = "//:wheels.lock.json",
)
use_repo(distroless, "pypi", "python3_debian13")
```
"""

load("//rules/private/extensions:distroless.bzl", _distroless = "distroless")

visibility("public")

distroless = _distroless
