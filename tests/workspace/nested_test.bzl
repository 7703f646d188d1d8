"""nested_test: a test that starts Bazel on a copy of this workspace."""

load("//rules:pytest.bzl", "pytest_test")

def nested_test(*, name, heavy = False, by_hand = False, data = [], deps = [], **kwargs):
    """A test of `name.py`, outside the sandbox, with the network, alone.

    Args:
        name: the target's name.
        heavy: bool, whether `.ci/run` runs it in its second step only.
        by_hand: bool, whether nothing runs it but a person: it has not passed in a fresh clone yet.
        data: list of labels, besides the workspace's mark.
        deps: list of labels, besides what starts Bazel.
        **kwargs: the other attributes of `pytest_test`.
    """
    pytest_test(
        name = name,
        size = "large",
        srcs = [
            "conftest.py",
            name + ".py",
        ],
        data = ["//:MODULE.bazel"] + data,
        pytest = "@dev_pypi//pytest",
        tags = ["exclusive", "no-sandbox", "requires-network"] + (["heavy"] if heavy else []) + (["manual"] if heavy or by_hand else []),
        deps = [":nested"] + deps,
        **kwargs
    )
