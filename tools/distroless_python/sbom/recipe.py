"""How an image is made again, as its provenance says it (`externalParameters`): see docs/how-to/rebuild.md."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from distroless_python.decode import decode
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.errors import Collector, ToolError
from distroless_python.files import plain
from distroless_python.formats.paths import unsafe
from distroless_python.manifests.sbom import SourcedLayer
from distroless_python.python.names import is_name

FORMAT = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~%!-]*\.(?:whl|deb)")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_REMEDY = "use the provenance that was pushed with the image; images from before this version have to be built again"


@dataclass(frozen=True)
class Step:
    """A layer.

    Attributes:
        action: the command that made it; empty where nobody knows.
        name: the distribution, package or target.
        version: empty where there is none.
        digest: of the layer's file, `sha256:<hex>`.
        diff_id: of the uncompressed tar.
        file: the name of the `.whl` or `.deb` it was made of; empty where it was made of something else.
        sha256: of that file, in hexadecimal.
        archive: a package's archive, `debian` or `debian-security`.
        path: where it is in the archive.
        built: whether the wheel was built from a source distribution.
        direct: whether a wheel is requested by name.
        exclude: patterns of a wheel's files that are left out.
        part: which of the `parts` layers of a wheel.
        parts: how many layers the wheel is.
        bytecode: whether the base's Python compiled its sources.
        layers: the layers that it joins.
        owner, volumes, symlinks: of first-party files, as `app-layer` has them.
    """

    action: str
    name: str
    version: str
    digest: str
    diff_id: str
    file: str = ""
    sha256: str = ""
    archive: str = ""
    path: str = ""
    prefix: str = ""
    built: bool = False
    direct: bool = False
    exclude: tuple[str, ...] = ()
    part: int = 1
    parts: int = 1
    bytecode: bool = False
    layers: tuple[Step, ...] = ()
    owner: str = ""
    volumes: tuple[str, ...] = ()
    symlinks: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def title(self) -> str:
        """`django 5.2.8`."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class BaseStep:
    """The base.

    Attributes:
        digest: of its manifest.
        layers: how many it has.
        parameters: of the command that puts it together, `action` among them; empty for a base of others.
        packages: the layers that it was made of, lowest first.
        compiler: likewise of the Python that compiled, where it is of another architecture; else the base's own did.
    """

    digest: str
    layers: int
    parameters: dict[str, Any] = field(default_factory=dict)
    packages: tuple[Step, ...] = ()
    compiler: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """All of an image.

    Attributes:
        target: its label.
        base: what it stands on.
        layers: its own, in the order in which the rule named them.
        config: the `config` member of its config: what it starts, and how.
        annotations: of its manifest.
        format: of this document.
    """

    target: str
    base: BaseStep
    layers: tuple[Step, ...]
    config: dict[str, Any]
    annotations: dict[str, str]
    format: int = FORMAT

    def json(self) -> Any:
        return {**plain(self), "format": self.format}

    def archives(self) -> Iterator[Step]:
        """The steps that are made of a file that somebody published."""
        for step in (*self.base.packages, *self.base.compiler, *self.layers):
            yield from (each for each in (step, *step.layers) if each.file and not each.built)


def write(
    target: str,
    profile: BaseProfile,
    base: Mapping[str, Any],
    packages: Sequence[tuple[SourcedLayer, str]],
    compiler: Sequence[tuple[SourcedLayer, str]],
    layers: Sequence[tuple[SourcedLayer, str]],
    laid: Sequence[SourcedLayer],
    config: Mapping[str, Any],
    annotations: Mapping[str, str],
) -> Recipe:
    """The recipe of an image that was made just now.

    Args:
        target: the image's label.
        profile: of its base.
        base: the base's recipe, as the rule has it.
        packages: what the base was made of, each with the SHA-256 of its archive.
        compiler: likewise what compiled.
        layers: likewise the image's layers, before some were joined.
        laid: the image's layers.
        config: the `config` member of its config.
        annotations: of its manifest.
    """
    steps = {part.facts: _step(part, sha256) for part, sha256 in layers}
    return Recipe(
        target,
        BaseStep(
            profile.manifest,
            len(profile.layers),
            dict(base),
            tuple(_step(part, sha256) for part, sha256 in packages) if base else (),
            tuple(_step(part, sha256) for part, sha256 in compiler),
        ),
        tuple(steps[part.facts] if part.facts in steps else _joined(part, steps) for part in laid),
        dict(config),
        dict(annotations),
    )


def _step(part: SourcedLayer, sha256: str) -> Step:
    known, recipe = LayerFacts.read(part.facts), part.recipe
    parameters: dict[str, Any] = {name: value for name, value in recipe.items() if name != "action"}
    for name in ("exclude", "volumes"):
        parameters[name] = tuple(parameters.get(name, ()))
    return Step(
        recipe.get("action", ""),
        known.name,
        known.version,
        known.blob.digest,
        known.diff_id,
        file=part.source.rpartition("/")[2] if part.source else "",
        sha256=sha256,
        bytecode=known.bytecode,
        **parameters,
    )


def _joined(part: SourcedLayer, steps: Mapping[str, Step]) -> Step:
    known = LayerFacts.read(part.facts)
    parts = tuple(steps[facts] for facts in part.recipe.get("parts", ()) if facts in steps)
    action = part.recipe.get("action", "")
    return Step(action, known.name, known.version, known.blob.digest, known.diff_id, layers=parts)


def read(value: Any, subject: str) -> Recipe:
    """Reads `externalParameters` of a provenance that others wrote.

    Raises:
        ToolError: it is of another form; with all that is wrong.
    """
    recipe: Recipe = decode(value, Recipe, subject, remedy=_REMEDY)
    problems = Collector()
    if recipe.format != FORMAT:
        remedy = "use the version of this program that made the image"
        problems.add(subject, f"its format is {recipe.format}, not {FORMAT}", remedy)
    for step in recipe.archives():
        if not _FILE.fullmatch(step.file):
            problems.add(subject, f"{step.file!r} is not a valid file name of a wheel or package", _REMEDY, step.title)
        if not _SHA256.fullmatch(step.sha256):
            problems.add(subject, f"{step.sha256!r} is not a SHA-256", _REMEDY, step.title)
        if step.file.endswith(".whl") and not (is_name(step.name) and _VERSION.fullmatch(step.version)):
            problems.add(subject, f"{step.title!r} is not a valid name and version", _REMEDY, step.file)
        if step.path and unsafe(step.path):
            problems.add(subject, f"{step.path!r} is not a path in an archive", _REMEDY, step.title)
    if problems:
        raise ToolError(problems)
    return recipe
