"""Verification: an image is checked against its base with every build, and a report is there for whoever asks."""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private/actions:actions.bzl", "label_text", "new_manifest", "run_tool")
load(":runfiles_lines.bzl", "add_imports", "add_sources")

visibility(["//rules/..."])

def _layer_line(layer):
    return json.encode({"layers": [{"elf": layer.elf.path if layer.elf else None, "facts": layer.facts.path}]})

def _written(ctx, deb):
    """A package as `debs` may name it."""
    return deb.name if deb.repo_name == ctx.attr.base[0].label.repo_name else str(deb)

def _report(ctx, base, layers, binary, entry, workdir):
    """Looks at the image: the report, JSON first."""
    report = [ctx.actions.declare_file(ctx.label.name + suffix) for suffix in (".report.json", ".report.html")]
    manifest = new_manifest(
        ctx,
        allow = ctx.attr.allow,
        debs = {"asked": [_written(ctx, deb.label) for deb in ctx.attr.debs], "lock": base.lock, "locked": base.added},
        entry = entry,
        env = ctx.attr.env,
        label = label_text(ctx.label),
        profile = base.profile.path,
        report_html = report[1].path,
        report_json = report[0].path,
        workdir = workdir,
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
        message = "Writing verification report of %{label}",
        mnemonic = "ImageReport",
        outputs = report,
    )
    return report

def verify_image(ctx, *, base, layers, binary, entry, workdir):
    """Declares ImageReport, which tells what is in an image, and ImageVerify, which reads that and stops a wrong one.

    Two actions, so that the report of a wrong image is there, too.

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
    report = _report(ctx, base, layers, binary, entry, workdir)
    verdict = ctx.actions.declare_file(ctx.label.name + ".verified")
    run_tool(
        ctx,
        command = "verify",
        inputs = [report[0]],
        manifest = new_manifest(
            ctx,
            allow = ctx.attr.allow,
            label = label_text(ctx.label),
            output = verdict.path,
            report = report[0].path,
        ),
        message = "Verifying the image %{label}",
        mnemonic = "ImageVerify",
        outputs = [verdict],
    )
    return struct(report = report, validation = [verdict])
