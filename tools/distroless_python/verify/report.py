"""The report on an image, as JSON: what it holds, how large that is, what needs what, what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from distroless_python.verify.checks.system import SHELLS
from distroless_python.verify.contents import ImageLayer, ImageLibrary, VerifiedImage
from distroless_python.verify.examine import Examined
from distroless_python.verify.linking import Linked, Linking
from distroless_python.verify.remedies import for_debs, missing_debs

FORMAT = 1


def report(examined: Examined) -> dict[str, Any]:
    """The report; sizes are bytes, `size` of a layer compressed, `unpacked` as it lies in the image."""
    image, linking, findings = examined
    base = image.base
    debs = missing_debs(image, findings)
    layers = [*_base_layers(image), *map(_layer, image.layers)]
    return {
        "format": FORMAT,
        "image": image.label,
        "base": {
            "release": base.release.name,
            "architecture": base.architecture,
            "python": base.python_version,
            "glibc": base.glibc,
            "packages": [f"{package.name} {package.version}" for package in base.packages],
        },
        "size": sum(layer["size"] for layer in layers),
        "layers": layers,
        "libraries": [_library(image, linked) for linked in linking.native],
        "left_out": list(_left_out(image, linking)),
        "debs": debs,
        "debs_steps": for_debs(image, debs) if debs else [],
        "findings": [finding.to_json() for finding in findings],
    }


def _base_layers(image: VerifiedImage) -> Iterator[dict[str, Any]]:
    for layer, title in zip(image.base.layers, image.base.layer_titles()):
        yield {"kind": "base", "name": title, "version": "", "size": layer.size}


def _layer(layer: ImageLayer) -> dict[str, Any]:
    facts = layer.facts
    value: dict[str, Any] = {
        "kind": facts.layer,
        "name": facts.name,
        "version": facts.version,
        "label": facts.label,
        "size": facts.blob.size,
        "unpacked": facts.unpacked,
        "files": facts.files,
        "bytecode": facts.bytecode,
    }
    if facts.wheel:
        value["direct"] = facts.wheel.direct
        value["requires"] = list(facts.wheel.requires_dist)
    return value


def _library(image: VerifiedImage, linked: Linked) -> dict[str, Any]:
    facts = linked.library.facts
    return {
        "path": image.short(facts.path),
        "package": linked.library.layer.title if linked.library.layer else "",
        "needs": [
            {"name": name, "from": _from(linked.providers.get(name)), "versions": list(facts.requires.get(name, ()))}
            for name in facts.needed
        ],
    }


def _from(provider: ImageLibrary | None) -> str:
    """Who provides a library: `base`, a package with its version, or empty for nobody."""
    if provider is None:
        return ""
    return provider.layer.title if provider.layer else "base"


def _left_out(image: VerifiedImage, linking: Linking) -> Iterator[dict[str, Any]]:
    """What is not in the image, or of no use in it."""
    if not any(image.tree.find(shell) for shell in SHELLS):
        yield {"package": "", "what": "a shell"}
    yield {"package": "", "what": "documentation, manual pages and translations of Debian packages, and their scripts"}
    yield {"package": "", "what": "bytecode that wheels bring: it is compiled anew, by the image's own Python"}
    for layer in image.wheels:
        wheel = layer.facts.wheel
        if wheel and wheel.uncompiled:
            why = "no such Python ran here" if not layer.facts.bytecode else "they do not compile"
            yield {"package": layer.title, "what": f"bytecode of {wheel.uncompiled} modules: {why}"}
    foreign: dict[tuple[str, str], list[str]] = {}
    for library, machine in linking.foreign:
        title = library.layer.title if library.layer else ""
        foreign.setdefault((title, machine), []).append(image.short(library.facts.path))
    for (title, machine), paths in foreign.items():
        yield {
            "package": title,
            "what": f"{len(paths)} files are for {machine} and never used: {_first(paths)}",
        }


def _first(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (", …" if len(paths) > 3 else "")
