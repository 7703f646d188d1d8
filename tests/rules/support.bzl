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

def in_image_rule(hand_on, doc, aspects = []):
    """A rule that hands on what its `target` gives in an image's configuration.

    Args:
        hand_on: function of a Target, returns a list of providers.
        doc: string.
        aspects: list of aspect, for the target.

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
            "target": attr.label(
                aspects = aspects,
                cfg = image_transition,
            ),
            "target_architecture": attr.string(),
            "_allowlist_function_transition": attr.label(
                default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
            ),
        },
    )

AspectActionsInfo = provider(
    doc = "What an aspect does at a target, for tests of what depends on the target.",
    fields = {"actions": "list of Action: the target's own are among them."},
)

def _aspect_actions_impl(target, _ctx):
    return [AspectActionsInfo(actions = target.actions)]

def aspect_with_actions(aspect_under_test):
    """An aspect, and AspectActionsInfo of what it does.

    Args:
        aspect_under_test: aspect.

    Returns:
        aspect.
    """
    return aspect(implementation = _aspect_actions_impl, requires = [aspect_under_test])

def actions_of(env, mnemonic):
    """The actions with a mnemonic: of the target under test, or of an aspect whose AspectActionsInfo it hands on.

    Args:
        env: the test's environment.
        mnemonic: string.

    Returns:
        list of Action.
    """
    target = analysistest.target_under_test(env)
    actions = target[AspectActionsInfo].actions if AspectActionsInfo in target else analysistest.target_actions(env)
    return [action for action in actions if action.mnemonic == mnemonic]

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
