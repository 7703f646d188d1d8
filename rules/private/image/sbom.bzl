"""Documents about an image: SBOMs (CycloneDX, SPDX) and provenance (in-toto)."""

load("//rules/private/actions:actions.bzl", "label_text", "layer_fields", "new_manifest", "run_tool")
load("//rules/private/providers:py_layer_info.bzl", "layer_files")

visibility(["//rules/..."])

SBOM_TYPES = {
    ".cdx.json": "application/vnd.cyclonedx+json",
    ".spdx.json": "application/spdx+json",
}
PROVENANCE_TYPE = "application/vnd.in-toto+json"

def _part(layer):
    return layer_fields(layer) | {
        "recipe": json.decode(layer.recipe) if layer.recipe else {},
        "source": layer.source.path if layer.source else None,
    }

def _layer_line(layer):
    return json.encode({"layers": [_part(layer)]})

def _package_line(layer):
    return json.encode({"packages": [_part(layer)]})

def _compiler_line(layer):
    return json.encode({"compiler": [_part(layer)]})

def _laid_line(layer):
    return json.encode({"laid": [_part(layer)]})

def image_documents(ctx, *, base, config, descriptor, image, laid, layers):
    """Declares ImageSbom, which runs when somebody asks for its outputs.

    Args:
        ctx: the rule context; its attributes include `TOOL_ATTRS`.
        base: PyBaseInfo.
        config: File, the image's config.
        descriptor: File, the image's descriptor.
        image: File, the image's manifest.
        laid: depset of struct, as in PyLayerInfo.layers: the image's own.
        layers: depset of struct, as in PyLayerInfo.layers: what they were made of, where some are several in one.

    Returns:
        list of struct, as in PyImageInfo.documents.
    """
    sbom = {suffix: ctx.actions.declare_file(ctx.label.name + suffix) for suffix in SBOM_TYPES}
    provenance = ctx.actions.declare_file(ctx.label.name + ".provenance.json")
    manifest = new_manifest(
        ctx,
        base = base.layout.path,
        base_contents = base.contents.path,
        base_recipe = json.decode(base.recipe) if base.recipe else {},
        config = config.path,
        cyclonedx = sbom[".cdx.json"].path,
        descriptor = descriptor.path,
        image = image.path,
        label = label_text(ctx.label),
        profile = base.profile.path,
        provenance = provenance.path,
        spdx = sbom[".spdx.json"].path,
    )
    manifest.add_all(layers, map_each = _layer_line)
    manifest.add_all(laid, map_each = _laid_line)
    manifest.add_all(base.packages, map_each = _package_line)
    manifest.add_all(base.compiler_packages, map_each = _compiler_line)
    parts = layers.to_list() + base.packages.to_list() + base.compiler_packages.to_list()
    files = [base.profile, base.contents, config, descriptor, image] + [layer.facts for layer in laid.to_list()]
    sources = [layer.source for layer in parts if layer.source]
    run_tool(
        ctx,
        command = "sbom",
        inputs = depset(files + layer_files(parts) + sources, transitive = [base.files]),
        manifest = manifest,
        message = "Writing SBOM and provenance of %{label}",
        mnemonic = "ImageSbom",
        outputs = sbom.values() + [provenance],
    )
    return [
        struct(artifact_type = SBOM_TYPES[suffix], descriptor = descriptor, file = file, kind = "sbom")
        for suffix, file in sbom.items()
    ] + [
        struct(artifact_type = PROVENANCE_TYPE, descriptor = descriptor, file = provenance, kind = "provenance"),
    ]

def document_files(documents, kind):
    """The files of some documents.

    Args:
        documents: list of struct, as `image_documents` returns.
        kind: string, `sbom` or `provenance`.

    Returns:
        depset of File.
    """
    return depset([document.file for document in documents if document.kind == kind])
