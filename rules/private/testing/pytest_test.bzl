"""pytest_test: a py_test whose main is pytest."""

load("@rules_python//python:py_test.bzl", "py_test")

visibility(["//rules/..."])

_MAIN = Label("//rules/private/testing:pytest_main.py")

def pytest_test(*, name, srcs, pytest = None, args = [], deps = [], **kwargs):
    """A test that runs pytest on its own sources.

    `--test_filter` becomes `-k`; results go where Bazel looks for them; no test collected is a failure.

    Args:
        name: the test's name.
        srcs: list of sources; all but `conftest.py` are given to pytest.
        pytest: label of pytest in a hub of wheels; needless where `deps` has it.
        args: more arguments for pytest.
        deps: as in `py_test`.
        **kwargs: passed on to `py_test`.
    """
    py_test(
        name = name,
        srcs = srcs + [_MAIN],
        args = ["$(rootpath %s)" % source for source in srcs if not source.endswith("conftest.py")] + args,
        main = _MAIN,
        deps = deps + ([pytest] if pytest else []),
        **kwargs
    )
