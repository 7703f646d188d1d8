"""Layers are made again: by the commands that Bazel's actions run, with manifests as rules write them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distroless_python.actions import main as actions
from distroless_python.documents.base_profile import BaseProfile
from distroless_python.documents.layer_facts import Blob, LayerFacts, Span, Written
from distroless_python.errors import ToolError
from distroless_python.files import plain
from distroless_python.manifests.layers import LayerOutput
from distroless_python.rebuild.archives import Archives
from distroless_python.rebuild.sources import FirstParty
from distroless_python.sbom.recipe import Recipe, Step

_KINDS = {
    "app-layer": "app",
    "deb-layer": "deb",
    "django-static": "app",
    "layer-group": "group",
    "ld-cache": "files",
    "stdlib-bytecode": "bytecode",
    "tree-layer": "wheel",
    "wheel-layer": "wheel",
}
"""What the facts of a layer call it, by the command that made it."""


@dataclass(frozen=True)
class Made:
    """What became of a layer.

    Attributes:
        title: for the report.
        digest: of the layer as it should be: as it was made, else as the provenance says.
        diff_id: likewise.
        path: the layer's file, where it was made.
        reason: why it was not made.
        first_party: whether that is as it should be: nobody published what it is made of.
    """

    title: str
    digest: str
    diff_id: str
    path: Path | None = None
    reason: str = ""
    first_party: bool = False


@dataclass(frozen=True)
class MadeBase:
    """The base, and what layers need of it.

    Attributes:
        profile: what it is like.
        layers: lowest first.
        fields: `python`, `interpreter` and `compiler` for layers' manifests, `base` and `profile` for others.
    """

    profile: BaseProfile
    layers: tuple[Made, ...]
    fields: Mapping[str, str] = field(default_factory=dict)


class Maker:
    """Makes layers in a directory."""

    def __init__(self, directory: Path, archives: Archives, failed: Mapping[Step, ToolError]) -> None:
        self._directory = directory
        self._archives = archives
        self._failed = failed
        self._number = 0

    def run(self, command: str, fields: Mapping[str, Any]) -> None:
        """Runs a command of the actions.

        Raises:
            ToolError: it fails.
        """
        self._number += 1
        manifest = self._directory / f"{self._number}.manifest.json"
        manifest.write_text(json.dumps({**fields, "action": command}), encoding="utf-8")
        actions.command(command).main([str(manifest)])

    def packages(self, steps: Sequence[Step]) -> list[LayerOutput]:
        """The layers of Debian packages.

        Raises:
            ToolError: one cannot be fetched or made; with all that is wrong.
        """
        problems = [problem for step in steps if step in self._failed for problem in self._failed[step].problems]
        if problems:
            raise ToolError(dict.fromkeys(problems))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self._package, steps))

    def _package(self, step: Step) -> LayerOutput:
        output = self._output(step)
        about = {"label": step.title, "name": step.name, "version": step.version, "sha256": step.sha256}
        fields = {"deb": str(self._archives.path(step)), "exclude": list(step.exclude), "output": plain(output)}
        self.run("deb-layer", {**fields, **about})
        return output

    def _output(self, step: Step) -> LayerOutput:
        name = self._directory / step.digest.partition(":")[2]
        return LayerOutput(f"{name}.layer.tar.gz", f"{name}.layer.json", f"{name}.contents.json")

    def base(self, recipe: Recipe) -> MadeBase:
        """The base of packages, and its Python.

        Raises:
            ToolError: it cannot be made.
        """
        at, label = self._directory, recipe.target
        layers = self.packages(recipe.base.packages)
        described = {name: str(at / f"base.{name}.json") for name in ("profile", "contents", "python")}
        given = recipe.base.parameters
        parameters = {name: value for name, value in given.items() if name not in ("action", "grouping")}
        inputs = [plain(layer) for layer in layers]
        self.run(
            "base",
            {
                "output": str(at / "base"),
                "described": described,
                "label": label,
                "layers": inputs,
                "joined": self._joined(given.get("grouping") or [], recipe, inputs),
                "debug": None,
                **parameters,
            },
        )
        interpreter, compiler = str(at / "interpreter"), str(at / "interpreter.compiler")
        architecture = parameters["architecture"]
        self.run(
            "packages-interpreter",
            {
                "layers": inputs,
                "architecture": architecture,
                "output": interpreter,
                "compiler": compiler,
                "label": label,
            },
        )
        if recipe.base.compiler:
            compiler = self._compiler(recipe)
        profile = BaseProfile.read(described["profile"])
        titles = [entry["created_by"] for entry in profile.config["history"]]
        made = tuple(
            Made(title, layer.digest, layer.diff_id, at / "base/blobs/sha256" / layer.digest.partition(":")[2])
            for title, layer in zip(titles, profile.layers)
        )
        return MadeBase(profile, made, {**described, "interpreter": interpreter, "compiler": compiler})

    def _compiler(self, recipe: Recipe) -> str:
        """The Python that compiled, of another architecture than the base."""
        layers = self.packages(recipe.base.compiler)
        architectures = (LayerFacts.read(layer.facts).architecture for layer in layers)
        architecture = next(found for found in architectures if found != "all")
        output, compiler = str(self._directory / "builder"), str(self._directory / "compiler")
        inputs = {"layers": [plain(layer) for layer in layers], "label": recipe.target}
        outputs = {"output": output, "compiler": compiler}
        self.run("packages-interpreter", {**inputs, **outputs, "architecture": architecture})
        return compiler

    def _joined(
        self, grouping: Sequence[tuple[str, Sequence[str]]], recipe: Recipe, layers: Sequence[Any]
    ) -> list[dict[str, str]]:
        """The layers that a base's packages share, lowest first: a group and its packages' names."""
        by_name = {step.name: layer for step, layer in zip(recipe.base.packages, layers)}
        joined = []
        for group, names in grouping:
            output = {end: str(self._directory / f"base.{group}.{end}") for end in ("layer", "facts", "contents")}
            parts = [by_name[name] for name in names]
            if len(parts) == 1:
                joined += parts
                continue
            self.run("layer-group", {"layers": parts, "output": output, "label": recipe.target, "title": group})
            joined.append(output)
        return joined

    def layer(self, step: Step, base: MadeBase, below: Sequence[Step], source: FirstParty) -> LayerOutput:
        """One of the image's own layers; `below` are those that the rule named before it.

        Raises:
            ToolError: it cannot be made; the reason is the report's.
        """
        if step in self._failed:
            raise self._failed[step]
        output = self._output(step)
        about = {"output": plain(output), "label": step.title}
        python = {"python": base.fields["python"], "interpreter": base.fields["compiler"] if step.bytecode else None}
        if step.action == "deb-layer":
            return self._package(step)
        if step.action == "wheel-layer":
            whole = {"direct": step.direct, "exclude": list(step.exclude), "sha256": step.sha256}
            chosen = {**whole, "part": step.part, "parts": step.parts}
            self.run("wheel-layer", {"wheel": str(self._archives.path(step)), **chosen, **about, **python})
        elif step.action == "ld-cache":
            single = [part for each in below for part in each.layers or (each,)]
            packages = [plain(self._output(each)) for each in single if each.action == "deb-layer"]
            fields = {"profile": base.fields["profile"], "base": base.fields["contents"], "layers": packages}
            self.run("ld-cache", {**fields, **about})
        elif step.action == "stdlib-bytecode":
            fields = {"profile": base.fields["profile"], "contents": base.fields["contents"]}
            pythons = {name: base.fields[name] for name in ("interpreter", "compiler")}
            self.run("stdlib-bytecode", {**fields, **pythons, **about})
        elif step.action == "layer-group":
            parts = [plain(self.layer(part, base, below, source)) for part in step.layers]
            self.run("layer-group", {"layers": parts, **about})
        else:
            self.run("app-layer", {**source.files(step), **about, **python})
        return output


def facts(step: Step, output: LayerOutput | None, size: int) -> LayerFacts:
    """What is known of a layer: as it was made, else as the provenance says."""
    if output:
        return LayerFacts.read(output.facts)
    nothing = Span(0, 0)
    kind = _KINDS.get(step.action, "files")
    if kind == "group" and all(part.action == "deb-layer" for part in step.layers):
        kind = "deb"
    written = Written(Blob(step.digest, size), step.diff_id, nothing, nothing, (), 0, 0)
    about = {"layer": kind, "name": step.name, "version": step.version, "label": step.name, "bytecode": step.bytecode}
    return LayerFacts.of(written, **about)
