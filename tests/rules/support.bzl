"""Targets for analysis tests: analysed, never built."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def _fake_layout_impl(ctx):
    layout = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run(
        executable = "/bin/false",
        mnemonic = "FakeLayout",
        outputs = [layout],
    )
    return [DefaultInfo(files = depset([layout]))]

fake_layout = rule(
    implementation = _fake_layout_impl,
    doc = "Something that looks like an OCI layout during analysis.",
)

def _failure_impl(ctx):
    env = analysistest.begin(ctx)
    for message in ctx.attr.messages:
        asserts.expect_failure(env, message)
    return analysistest.end(env)

failure_test = analysistest.make(
    _failure_impl,
    attrs = {"messages": attr.string_list(mandatory = True)},
    doc = "The target under test has to fail with all of these in its message.",
    expect_failure = True,
)

def actions_of(env, mnemonic):
    """The actions of the target under test with a mnemonic.

    Args:
        env: the test's environment.
        mnemonic: string.

    Returns:
        list of Action.
    """
    return [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]

def input_names(action):
    """Base names of an action's inputs.

    Args:
        action: Action.

    Returns:
        list of string, sorted.
    """
    return sorted([file.basename for file in action.inputs.to_list()])
