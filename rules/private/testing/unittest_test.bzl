"""unittest_test: a py_test whose main is unittest."""

load("@rules_python//python:py_test.bzl", "py_test")

visibility(["//rules/..."])

_MAIN = Label("//rules/private/testing:unittest_main.py")

def unittest_test(*, name, srcs, args = [], **kwargs):
    """A test that runs unittest on its own sources; with `DJANGO_SETTINGS_MODULE` in `env`, Django's test runner.

    `--test_filter` becomes `-k`; no test found is a failure.

    Args:
        name: the test's name.
        srcs: list of sources with tests.
        args: more arguments for unittest.
        **kwargs: passed on to `py_test`.
    """
    py_test(
        name = name,
        srcs = srcs + [_MAIN],
        args = ["$(rootpath %s)" % source for source in srcs] + args,
        main = _MAIN,
        **kwargs
    )
