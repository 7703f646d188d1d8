"""Tests run by unittest, or by Django's test runner.

```starlark
load("@rules_distroless_python//rules:unittest.bzl", "unittest_test")

unittest_test(
    name = "models_test",
    srcs = ["models_test.py"],
    env = {"DJANGO_SETTINGS_MODULE": "mysite.settings"},
    deps = [":models"],
)
```
"""

load("//rules/private/testing:unittest_test.bzl", _unittest_test = "unittest_test")

visibility("public")

unittest_test = _unittest_test
