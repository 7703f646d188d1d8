"""The one way actions are started: a Python program, a JSON Lines manifest, a mnemonic and a progress message.

Where the strategy `worker` may be used (it is Bazel's default), a process stays for the next action. Most take less time
than Python and its imports.
"""

load("//rules/private/providers:py_layer_info.bzl", "new_layer")
load(":action_tool.bzl", "ActionToolInfo")
load(":sources.bzl", "GROUPS")

visibility(["//rules/..."])

TOOL_ATTRS = {
    "_tool": attr.label(
        cfg = "exec",
        default = "//rules/private/actions:action",
        providers = [ActionToolInfo],
    ),
}

# Actions that come in numbers have workers of their own mnemonic, so that as many may run at once. The others share those of
# their group: Bazel ends a worker whose next action has other tools.
_MANY = ["DebLayer", "TreeLayer", "WheelLayer"]
_SHARED = "DistrolessPython{}"

def label_text(label):
    """A label as its user writes it: `//app:image` in the main repository.

    Args:
        label: Label.

    Returns:
        string.
    """
    return str(label).removeprefix("@@") if str(label).startswith("@@//") else str(label)

def layer_line(layer):
    """A layer for a manifest, by `add_all(layers, map_each = layer_line)`.

    Args:
        layer: struct, as in PyLayerInfo.layers.

    Returns:
        string, a line of JSON.
    """
    return json.encode({"layers": [layer_fields(layer)]})

def layer_fields(layer):
    """A layer for a manifest.

    Args:
        layer: struct, as in PyLayerInfo.layers.

    Returns:
        dict, in the words of LayerInput and LayerOutput.
    """
    return {"contents": layer.contents.path, "facts": layer.facts.path, "layer": layer.layer.path}

def declare_layer(ctx, name, recipe, source = None):
    """Declares the files of a layer.

    Args:
        ctx: the rule or aspect context.
        name: string, their name without ending.
        recipe: dict, how it is made again: `action`, the command; what else its bytes depend on besides the source and the base.
        source: File or None, the archive that it is made of.

    Returns:
        struct, as in PyLayerInfo.layers.
    """
    return new_layer(
        contents = ctx.actions.declare_file(name + ".contents.json"),
        facts = ctx.actions.declare_file(name + ".layer.json"),
        layer = ctx.actions.declare_file(name + ".layer.tar.gz"),
        recipe = json.encode(recipe),
        source = source,
    )

def new_manifest(ctx, **fields):
    """Starts a manifest.

    Args:
        ctx: the rule or aspect context.
        **fields: JSON values, in the words of the command's manifest dataclass.

    Returns:
        An `Args` to which more lines may be streamed by `add_all(depset, map_each = ...)`, one JSON object each.
    """
    args = ctx.actions.args()
    args.set_param_file_format("multiline")
    args.use_param_file("@%s", use_always = True)
    args.add(json.encode(fields))
    return args

def run_tool(ctx, *, command, mnemonic, message, manifest, inputs, outputs, worker = True, requirements = {}):
    """Runs one command of the action tool.

    Args:
        ctx: the rule or aspect context; its attributes include `TOOL_ATTRS`.
        command: the command's name in `actions/main.py`.
        mnemonic: the action's mnemonic, CamelCase.
        message: the progress message; `%{label}` is the target's label.
        manifest: what `new_manifest` returned.
        inputs: list of File or depset of File that the command reads.
        outputs: list of File that it writes.
        worker: bool, whether a worker may run it.
        requirements: dict of string, execution requirements where no worker runs it.
    """
    attributes = ctx.attr if hasattr(ctx.attr, "_tool") else ctx.rule.attr
    tool = attributes._tool[ActionToolInfo]
    program = ctx.actions.args()
    program.add_all(["-I", "-S", "-B", tool.main])
    manifest.add(json.encode({"action": command}))
    ctx.actions.run(
        arguments = [program, manifest],
        executable = tool.interpreter,
        execution_requirements = {
            "requires-worker-protocol": "json",
            "supports-workers": "1",
            "worker-key-mnemonic": mnemonic if mnemonic in _MANY else _SHARED.format(GROUPS[command].capitalize()),
        } if worker else requirements,
        inputs = inputs if type(inputs) == "depset" else depset(inputs),
        mnemonic = mnemonic,
        outputs = outputs,
        progress_message = message,
        toolchain = None,  # the interpreter is an attribute's
        tools = tool.files[command],
    )
