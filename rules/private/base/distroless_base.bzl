"""distroless_base: a base image from Debian packages."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "label_text", "layer_fields", "layer_line", "new_manifest", "run_tool")
load("//rules/private/actions:join_layers.bzl", "join_layers")
load("//rules/private/config:transitions.bzl", "base_transition", "compiler_transition")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load("//rules/private/providers:py_layer_info.bzl", "PyLayerInfo", "layer_files")
load(":base_interpreter.bzl", "BaseInterpreterInfo")
load(":deb_layer.bzl", "DebInfo")
load(":described.bzl", "declare_described")
load(":stdlib_bytecode.bzl", "stdlib_bytecode")

visibility("public")  # loaded by the repositories that the extension makes

# The layers of a base besides those of its packages: its root file system, and the list of its packages.
_OWN_LAYERS = 2

def _name(package):
    return package[DebInfo].package if DebInfo in package else package.label.name

def _joined(ctx, group, layers):
    return layers[0] if len(layers) == 1 else join_layers(ctx, "{}.{}".format(ctx.label.name, group), layers, group)

def _grouping(ctx):
    """The packages of each layer that several share: its name to their names, the lowest layer first."""
    groups = {}
    for package, group in ctx.attr.packages.items():
        if group:
            groups.setdefault(group, []).append(_name(package))
    return {group: groups[group] for group in ctx.attr.grouping if group in groups}

def _join(ctx):
    """The layers of packages as the base has them; none where each package is a layer."""
    layers = {_name(package): package[PyLayerInfo].layers.to_list()[0] for package in ctx.attr.packages}
    return [
        _joined(ctx, group, [layers[name] for name in names])
        for group, names in _grouping(ctx).items()
    ]

def _distroless_base_impl(ctx):
    layout = ctx.actions.declare_directory(ctx.label.name)
    described = declare_described(ctx, ctx.label.name)
    layers = depset(transitive = [p[PyLayerInfo].layers for p in ctx.attr.packages], order = "preorder")
    debug = ctx.attr.debug[PyLayerInfo].layers.to_list()[0] if ctx.attr.debug else None
    joined = _join(ctx)
    laid = joined or layers.to_list()
    parameters = {
        "architecture": ctx.attr.architecture,
        "codename": ctx.attr.codename,
        "end_of_life": ctx.attr.end_of_life,
        "python": ctx.attr.python,
        "version_id": ctx.attr.version_id,
    }
    tree = ctx.attr.tree[PyLayerInfo].layers.to_list()[0] if ctx.attr.tree else None
    manifest = new_manifest(
        ctx,
        debug = layer_fields(debug) if debug else None,
        described = described.fields,
        joined = [layer_fields(layer) for layer in joined],
        label = label_text(ctx.label),
        output = layout.path,
        release = "debian" + ctx.attr.version_id,
        tree = layer_fields(tree) if tree else None,
        **parameters
    )
    manifest.add_all(layers, map_each = layer_line)
    run_tool(
        ctx,
        command = "base",
        inputs = layer_files(layers.to_list() + joined + ([debug] if debug else [])),
        manifest = manifest,
        message = "Assembling base %{label}",
        mnemonic = "DistrolessBase",
        outputs = [layout] + described.files,
    )
    files = depset([layout] + [layer.layer for layer in laid])
    interpreter = ctx.attr.interpreter[BaseInterpreterInfo].interpreter
    compiles = ctx.attr.compiler[0][BaseInterpreterInfo]
    compiler = compiles.compiler
    bytecode = stdlib_bytecode(
        ctx,
        ctx.label.name,
        compiler = compiler,
        described = described,
        interpreter = interpreter,
        label = ctx.label,
    )
    return [
        DefaultInfo(files = depset([layout]), runfiles = ctx.runfiles(transitive_files = files)),
        PyBaseInfo(
            added = ctx.attr.added,
            architecture = ctx.attr.architecture,
            builder = compiles.interpreter,
            bytecode = bytecode,
            compiler = compiler,
            compiler_packages = compiles.packages if compiles.architecture != ctx.attr.architecture else None,
            contents = described.contents,
            files = files,
            interpreter = interpreter,
            layers = len(laid) + _OWN_LAYERS + (1 if debug else 0),
            layout = layout,
            left_out = ctx.attr.left_out,
            lock = ctx.attr.lock,
            packages = layers,
            profile = described.profile,
            python = described.python,
            recipe = "" if debug or tree else json.encode({"action": "base", "grouping": _grouping(ctx).items()} | parameters),
            release = ctx.attr.release,
        ),
    ]

distroless_base = rule(
    implementation = _distroless_base_impl,
    doc = "An OCI layout that holds what `gcr.io/distroless/python3-debianNN` holds, from that release's packages.",
    attrs = TOOL_ATTRS | {
        "added": attr.string_list(
            doc = "The Debian packages that the lock has for images to add.",
        ),
        "architecture": attr.string(
            doc = "Debian's word for the architecture.",
            mandatory = True,
            values = ["amd64", "arm64"],
        ),
        "codename": attr.string(
            doc = "The release's codename, for example `trixie`.",
            mandatory = True,
        ),
        "compiler": attr.label(
            cfg = compiler_transition,
            doc = "The interpreter that compiles: of the same packages, for the machine that builds.",
            mandatory = True,
            providers = [BaseInterpreterInfo],
        ),
        "debug": attr.label(
            doc = "The layer of a busybox package, for a base with a shell at `/busybox`.",
            providers = [PyLayerInfo],
        ),
        "end_of_life": attr.string(
            doc = "The last day with updates, YYYY-MM-DD; empty if unknown.",
        ),
        "grouping": attr.string_list(
            doc = "The layers that packages share, lowest first.",
        ),
        "interpreter": attr.label(
            doc = "The packages' own interpreter.",
            mandatory = True,
            providers = [BaseInterpreterInfo],
        ),
        "left_out": attr.string_list(
            doc = "The parts that a slim base does without, for messages.",
        ),
        "lock": attr.string(
            doc = "Path of the lock in the workspace, for messages; empty where it is another module's.",
        ),
        "packages": attr.label_keyed_string_dict(
            doc = "The packages' layers, lowest first, each with the layer of `grouping` that it shares; with none where each is one.",
            mandatory = True,
            providers = [PyLayerInfo],
        ),
        "python": attr.string(
            doc = "The Python `X.Y` among the packages, or of the tree.",
            mandatory = True,
        ),
        "release": attr.string(
            doc = "What locks of wheels call it: `debian13`, or `debian13_py314` with another Python than Debian's.",
            mandatory = True,
        ),
        "tree": attr.label(
            doc = "The one of `packages` that is a CPython of another make, for a base without Debian's.",
            providers = [PyLayerInfo],
        ),
        "version_id": attr.string(
            doc = "The release's number, for example `13`.",
            mandatory = True,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    cfg = base_transition,
    provides = [PyBaseInfo],
)
