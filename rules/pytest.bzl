"""Tests run by pytest, as a `py_test` with a main that speaks Bazel's test protocol.

```starlark
load("@rules_distroless_python//rules:pytest.bzl", "pytest_test")

pytest_test(
    name = "models_test",
    srcs = ["models_test.py"],
    pytest = "@pypi//pytest",
    deps = [":models"],
)
```
"""

load("//rules/private/testing:pytest_test.bzl", _pytest_test = "pytest_test")

visibility("public")

pytest_test = _pytest_test
