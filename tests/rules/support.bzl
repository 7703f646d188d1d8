"""Targets for analysis tests: analysed, never built."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules/private/config:transitions.bzl", "image_transition")  # buildifier: disable=bzl-visibility

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

def in_image_rule(hand_on, doc):
    """A rule that hands on what its `target` gives in an image's configuration.

    Args:
        hand_on: function of a Target, returns a list of providers.
        doc: string.

    Returns:
        rule.
    """

    def implementation(ctx):
        return hand_on(ctx.attr.target[0])

    return rule(
        implementation = implementation,
        doc = doc,
        attrs = {
            "base": attr.label(mandatory = True),
            "platform": attr.string(default = "linux/arm64"),
            "python_version": attr.string(),
            "release": attr.string(),
            "target": attr.label(cfg = image_transition),
            "target_architecture": attr.string(),
            "_allowlist_function_transition": attr.label(
                default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
            ),
        },
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

def output_names(action):
    """Base names of an action's outputs.

    Args:
        action: Action.

    Returns:
        list of string, sorted.
    """
    return sorted([file.basename for file in action.outputs.to_list()])

def manifest_of(action):
    """What an action of the Python program is told.

    Args:
        action: Action.

    Returns:
        dict: all lines of its manifest, lists under one key joined.
    """
    found = {}
    for line in action.argv:
        if line.startswith("{"):
            for key, value in json.decode(line).items():
                found[key] = found[key] + value if type(value) == "list" and key in found else value
    return found
