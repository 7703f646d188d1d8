"""An image made again, and compared with the one that a registry has."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Problem, ToolError
from distroless_python.formats.oci import OCI_CONFIG, OCI_MANIFEST, Descriptor, LayoutWriter, canonical
from distroless_python.image import config as configs
from distroless_python.image.plan import ordered
from distroless_python.python.interpreter import Interpreter
from distroless_python.rebuild import compare, remote
from distroless_python.rebuild.archives import Archives
from distroless_python.rebuild.compare import Verdict
from distroless_python.rebuild.making import Made, MadeBase, Maker, facts
from distroless_python.rebuild.remote import Remote, RemoteImage
from distroless_python.rebuild.sources import FirstParty
from distroless_python.sbom import recipe as recipes
from distroless_python.sbom.recipe import Recipe, Step

_AT_ONCE = 4


@dataclass(frozen=True)
class Options:
    """What the command line says; `provenance` is a statement, None for the attached one."""

    archives: Path | None
    source: Path | None
    mirror: str
    security_mirror: str
    provenance: bytes | None


@dataclass(frozen=True)
class Rebuilt:
    """The verdicts on an image."""

    name: str
    digest: str
    target: str
    layers: tuple[Verdict, ...]
    documents: tuple[Verdict, ...]


def rebuild(registry: Remote, image: RemoteImage, options: Options) -> Rebuilt:
    """Makes an image again.

    Raises:
        ToolError: there is no provenance of it, or the base cannot be made.
    """
    digest = image.descriptor.digest
    found = options.provenance
    if found is None:
        found = remote.choose(list(registry.provenances(image.descriptor)), image.descriptor, registry.name)
    subject = f"{registry.name}@{digest}: provenance"
    recipe = recipes.read(remote.statement(found, image.descriptor, subject), subject)
    with tempfile.TemporaryDirectory(prefix="distroless-verify.") as folder:
        work = Path(folder)
        archives = Archives(options.archives or work / "archives", options.mirror, options.security_mirror)
        steps = list(dict.fromkeys(recipe.archives()))
        _say(f"{digest}: fetching {len(image.layers)} layers, {len(steps)} wheels and packages")
        blobs = _download(registry, image, work / "blobs")
        failed = archives.fetch(steps)
        _say(f"{digest}: making them again")
        maker = Maker(work, archives, failed)
        base = _base(maker, recipe, image, blobs, work)
        source = FirstParty(options.source, lambda wanted: _blob(blobs, wanted))
        own = _own(maker, recipe, base, source, {blob.digest: blob.size for blob, _ in image.layers})
        made = [*base.layers, *(layer for layer, _ in own)]
        verdicts = compare.layers(image.layers, made, blobs)
        documents = _documents(image, base.profile, recipe, [known for _, known in own])
    return Rebuilt(registry.name, digest, recipe.target, tuple(verdicts), documents)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _download(registry: Remote, image: RemoteImage, directory: Path) -> dict[str, Path]:
    """The image's layers, by digest: each is what its digest says."""
    blobs = {blob.digest: blob for blob, _ in image.layers}
    paths = {digest: directory / blob.hex for digest, blob in blobs.items()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda digest: registry.download(blobs[digest], paths[digest]), blobs))
    return paths


def _blob(blobs: dict[str, Path], digest: str) -> Path:
    if digest not in blobs:
        reason, remedy = "the provenance names a layer that the image does not have", "push the image again"
        raise ToolError(Problem(digest, reason, remedy))
    return blobs[digest]


def _base(maker: Maker, recipe: Recipe, image: RemoteImage, blobs: dict[str, Path], work: Path) -> MadeBase:
    if recipe.base.parameters:
        return maker.base(recipe)
    return _given_base(maker, recipe, image, blobs, work)


def _given_base(maker: Maker, recipe: Recipe, image: RemoteImage, blobs: dict[str, Path], work: Path) -> MadeBase:
    """A base that others made: it is taken as it is, and its Python out of it."""
    given = image.layers[: recipe.base.layers]
    settings = image.settings
    config = {
        **{name: settings[name] for name in ("architecture", "os", "variant") if name in settings},
        "config": settings.get("config") or {},
        "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in given]},
    }
    writer = LayoutWriter(work / "base")
    layers = [writer.link(blob, blobs[blob.digest]).json() for blob, _ in given]
    described = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "layers": layers}
    described["config"] = writer.write_json(config, OCI_CONFIG).json()
    writer.finish([writer.write_json(described, OCI_MANIFEST)])
    at = {name: str(work / f"base.{name}.json") for name in ("profile", "contents", "python")}
    about = {"layout": str(work / "base"), "label": recipe.target}
    maker.run("profile", {"described": at, "architecture": str(config.get("architecture", "")), **about})
    pythons = {"interpreter": str(work / "interpreter"), "compiler": str(work / "interpreter.compiler")}
    outputs = {"output": pythons["interpreter"], "compiler": pythons["compiler"]}
    maker.run("interpreter", {"profile": at["profile"], "contents": at["contents"], **outputs, **about})
    history = list(settings.get("history") or ())[: -len(recipe.layers) or None]
    profile = BaseProfile.read(at["profile"])
    profile = replace(profile, manifest=recipe.base.digest, config={**profile.config, "history": history})
    reason = f"the base {recipe.base.digest} was pulled; its publisher says what it is"
    made = (Made(f"base layer {n}", blob.digest, diff, None, reason) for n, (blob, diff) in enumerate(given, 1))
    return MadeBase(profile, tuple(made), {**at, **pythons})


def _own(
    maker: Maker, recipe: Recipe, base: MadeBase, source: FirstParty, sizes: dict[str, int]
) -> list[tuple[Made, LayerFacts]]:
    """The image's own layers, lowest first."""
    runs = Interpreter.of_base(base.fields["compiler"]).runs_here()
    made: dict[str, Made] = {}
    known: list[LayerFacts] = []
    for number, step in enumerate(recipe.layers):
        output, layer = None, None
        if reason := _unmade(step, source, runs=runs):
            layer = partial(Made, path=None, reason=reason, first_party=step.action == "app-layer")
        try:
            if layer is None:
                output = maker.layer(step, base, recipe.layers[:number], source)
            elif step.action == "app-layer":
                source.stays_inside(step)
        except ToolError as error:
            reasons = dict.fromkeys(f"{each.member or each.subject}: {each.reason}" for each in error.problems)
            layer = partial(Made, path=None, reason="; ".join(reasons))
        of = facts(step, output, sizes.get(step.digest, 0))
        path = Path(output.layer) if output else None
        made[of.blob.digest] = (layer or partial(Made, path=path))(step.title, of.blob.digest, of.diff_id)
        known.append(of)
    return [(made[of.blob.digest], of) for of in ordered(known)]


def _unmade(step: Step, source: FirstParty, *, runs: bool) -> str:
    """Why a layer is not made again; empty where it is."""
    if step.action == "layer-group":
        return next(filter(None, (_unmade(part, source, runs=runs) for part in step.layers)), "")
    if step.bytecode and not runs:
        return "the Python that compiled its sources does not run on this machine"
    if step.action == "app-layer":
        return "" if source.checkout else "first-party: give its source by --source"
    if step.built:
        return "its wheel was built from a source distribution"
    if step.action == "tree-layer":
        return "it was made of the files that pip.parse extracted; with `wheels` it is made of the wheel"
    return (
        ""
        if step.action in ("deb-layer", "wheel-layer", "ld-cache", "stdlib-bytecode")
        else "nobody says how it was made"
    )


def _documents(
    image: RemoteImage, profile: BaseProfile, recipe: Recipe, layers: Sequence[LayerFacts]
) -> tuple[Verdict, ...]:
    """Config and manifest, as they should be."""
    config = configs.document(profile, recipe.config, layers)
    annotations = {name: text for name, text in recipe.annotations.items() if name != configs.BASE_DIGEST}
    manifest = configs.image_manifest(profile, canonical(config), layers, annotations)
    found = Descriptor.from_json(image.value["config"], image.descriptor.digest)
    known = ("rootfs.diff_ids", "layers", "config.")
    return (
        compare.document("config", image.config, config, found.digest, known=known[:1]),
        compare.document("manifest", image.manifest, manifest, image.descriptor.digest, known=known[1:]),
    )
