"""Distributions of rules_python's `pip.parse`: each is a layer, made once for every image on the same base."""

load("//rules/private/actions:actions.bzl", "TOOL_ATTRS", "declare_layer", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_base_info.bzl", "PyBaseInfo")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")
load("//rules/private/providers:py_wheel_info.bzl", "new_wheel")
load("//rules/private/wheel:wheel_layer.bzl", "wheel_layers")

visibility(["//rules/...", "//tests/..."])

WhlInfo = provider(
    doc = "Wheels that `pip.parse` hands over as files.",
    fields = {"wheels": "depset of struct: as in PyWheelInfo.closure."},
)

_NAME = "pypi_name="
_VERSION = "pypi_version="

def normalized(name):
    """A distribution's name as PEP 503 has it.

    Args:
        name: string.

    Returns:
        string.
    """
    words = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join([word for word in words if word])

def _tag(tags, prefix):
    for tag in tags:
        if tag.startswith(prefix):
            return tag[len(prefix):]
    return ""

def _made_for_this_machine(file, namespaces):
    """Whether rules_python wrote it: launchers in bin/ that start a shell, and `__init__.py` of namespace packages."""
    return not file.is_source and (file in namespaces or "/bin/" in file.short_path.split("/site-packages/")[0])

def _file_line(file):
    # `../repository/site-packages/django/x.py`: the path below the repository. Scripts as the wheel has them are apart.
    short = file.short_path
    path = short.split("/", 2)[2] if short.startswith("../") else short
    return json.encode({"files": [{"path": path.removeprefix("rewrite-") if path.startswith("rewrite-bin/") else path, "source": file.path}]})

def distributed_script(target, ctx):
    """A script of a wheel, where rules_python made one for this machine of it.

    Args:
        target: Target of the aspect.
        ctx: the aspect's context.

    Returns:
        File or None.
    """
    source = getattr(ctx.rule.file, "src", None) if target.label.name.startswith("bin/") else None
    return source if source and "/rewrite-bin/" in source.short_path else None

def extracted_distribution(target, ctx, scripts):
    """Lays what `pip.parse` extracted.

    Args:
        target: Target of the aspect.
        ctx: the aspect's context; its attributes include `TOOL_ATTRS` and `_base`.
        scripts: list of File: what `distributed_script` found below it.

    Returns:
        struct: `wheel` (as in PyWheelInfo.closure), `repository` (string), and `changed` (bool, whether rules_python was asked for
        other files than the wheel's); None if the target is not a distribution, or no image is being built.
    """
    name = _tag(getattr(ctx.rule.attr, "tags", []), _NAME)
    if not name or PyBaseInfo not in ctx.attr._base:
        return None

    # rules_python 2 tags a wrapper too; the target with the files is the one that imports are found in.
    if "site-packages" not in getattr(ctx.rule.attr, "imports", []):
        return None
    base = ctx.attr._base[PyBaseInfo]
    namespaces = {file: True for file in getattr(ctx.rule.files, "namespace_package_files", [])}
    files = scripts + [
        file
        for attribute in ("srcs", "pyi_srcs", "data")
        for file in getattr(ctx.rule.files, attribute, [])
        if file.owner.repo_name == target.label.repo_name and not _made_for_this_machine(file, namespaces)
    ]
    layer = declare_layer(ctx, target.label.name + ".image", {"action": "tree-layer"})
    manifest = new_manifest(
        ctx,
        interpreter = base.compiler.path,
        label = label_text(target.label),
        output = layer_fields(layer),
        python = base.python.path,
    )
    manifest.add_all(files, map_each = _file_line)
    run_tool(
        ctx,
        command = "tree-layer",
        inputs = files + [base.python, base.compiler],
        manifest = manifest,
        message = "Creating layer for {}, as it was extracted".format(name),
        mnemonic = "TreeLayer",
        outputs = layer_files([layer]),
    )
    return struct(
        changed = bool([file for file in files if not file.is_source]),
        repository = target.label.repo_name,
        wheel = new_wheel(
            distribution = normalized(name),
            file = None,
            layers = [layer],
            version = _tag(ctx.rule.attr.tags, _VERSION),
        ),
    )

_EDGES = ["data", "actual", "srcs"]

def _whl_aspect_impl(target, ctx):
    below = []
    for name in _EDGES:
        value = getattr(ctx.rule.attr, name, None)
        for dep in (value if type(value) == "list" else [value]):
            if type(dep) == "Target" and WhlInfo in dep:
                below.append(dep[WhlInfo].wheels)
    own = []

    # A wheel that rules_python patched has the RECORD and the METADATA of before; its extracted files are taken.
    files = [
        file
        for file in getattr(ctx.rule.files, "srcs", [])
        if file.extension == "whl" and "+patched-" not in file.basename
    ]
    named = [dep for dep in getattr(ctx.rule.attr, "srcs", []) if str(dep.label).endswith(".whl")]  # one of two filegroups
    if ctx.rule.kind == "filegroup" and len(files) == 1 and named and PyBaseInfo in ctx.attr._base:
        name, version = files[0].basename.split("-")[:2]
        own = [new_wheel(
            distribution = normalized(name),
            file = files[0],
            layers = wheel_layers(
                ctx,
                base = ctx.attr._base[PyBaseInfo],
                file = files[0],
                label = target.label,
                name = target.label.name + ".image",
            ),
            version = version,
        )]
    return [WhlInfo(wheels = depset(own, transitive = below))]

whl_aspect = aspect(
    implementation = _whl_aspect_impl,
    doc = "Lays the wheels that `@pypi//django:whl` hands over, its closure included.",
    attr_aspects = _EDGES,
    attrs = TOOL_ATTRS | {
        "_base": attr.label(default = "//rules:current_base"),
    },
)
