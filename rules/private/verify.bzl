"""Verification: an image is checked against its base with every build, and a report is there for whoever asks."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":actions.bzl", "label_text", "new_manifest", "run_tool")
load(":runfiles_lines.bzl", "add_imports", "add_sources")

visibility(["//rules/..."])

def _layer_line(layer):
    return json.encode({"layers": [{"elf": layer.elf.path if layer.elf else None, "facts": layer.facts.path}]})

def _written(ctx, deb):
    """A package as `debs` may name it."""
    return deb.name if deb.repo_name == ctx.attr.base[0].label.repo_name else str(deb)

def _run(ctx, base, layers, binary, entry, workdir, mnemonic, message, outputs, **fields):
    manifest = new_manifest(
        ctx,
        allow = ctx.attr.allow,
        debs = {"asked": [_written(ctx, deb.label) for deb in ctx.attr.debs], "lock": base.lock, "locked": base.added},
        entry = entry,
        env = ctx.attr.env,
        label = label_text(ctx.label),
        profile = base.profile.path,
        workdir = workdir,
        **fields
    )
    manifest.add_all(layers, map_each = _layer_line)
    sources = depset()
    if binary and PyInfo in binary:
        sources = binary[PyInfo].transitive_sources
        add_imports(manifest, binary[PyInfo].imports, sources)
        add_sources(manifest, sources)
    facts = [file for layer in layers.to_list() for file in (layer.facts, layer.elf) if file]
    run_tool(
        ctx,
        command = "verify",
        inputs = depset([base.profile] + facts, transitive = [sources]),
        manifest = manifest,
        message = message,
        mnemonic = mnemonic,
        outputs = outputs,
    )

def verify_image(ctx, *, base, layers, binary, entry, workdir):
    """Declares ImageVerify, which stops a wrong image, and ImageReport, which tells what is in it.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS`, `allow` and `env`.
        base: PyBaseInfo.
        layers: depset of struct, as in PyLayerInfo.layers: the image's own.
        binary: Target or None: the program.
        entry: dict, what is started.
        workdir: string, the working directory; empty for the base's.

    Returns:
        struct of File lists: `validation` and `report`.
    """
    verdict = ctx.actions.declare_file(ctx.label.name + ".verified")
    _run(
        ctx,
        base,
        layers,
        binary,
        entry,
        workdir,
        "ImageVerify",
        "Verifying the image %{label}",
        [verdict],
        output = verdict.path,
    )
    report = [ctx.actions.declare_file(ctx.label.name + suffix) for suffix in (".report.json", ".report.html")]
    _run(
        ctx,
        base,
        layers,
        binary,
        entry,
        workdir,
        "ImageReport",
        "Writing the report on the image %{label}",
        report,
        report_html = report[1].path,
        report_json = report[0].path,
    )
    return struct(report = report, validation = [verdict])
