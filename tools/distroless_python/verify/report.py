"""The report on an image, as JSON: what it holds, how large that is, what needs what, what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from distroless_python.documents.layer_facts import LayerFacts
from distroless_python.manifests.verify import ReportManifest
from distroless_python.verify.checks.system import SHELLS
from distroless_python.verify.contents import ImageLibrary, VerifiedImage
from distroless_python.verify.examine import Examined
from distroless_python.verify.linking import Linked, Linking
from distroless_python.verify.program import Program
from distroless_python.verify.remedies import for_debs, missing_debs

FORMAT = 1


def report(examined: Examined, manifest: ReportManifest) -> dict[str, Any]:
    """The report; sizes are bytes, `size` of a layer compressed, `unpacked` as it lies in the image."""
    image, linking, program, findings = examined
    base = image.base
    debs = missing_debs(image, findings)
    written = [LayerFacts.read(path) for path in manifest.facts]
    layers = [*_base_layers(image), *map(_layer, written)]
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
        "config": {
            "digest": Path(manifest.digest).read_text(encoding="utf-8").strip(),
            "starts": " ".join((manifest.entry.value, *manifest.args)) or "as the base",
            "user": manifest.user,
            "workdir": manifest.workdir or base.workdir,
            "env": dict(sorted(image.env.items())),
            "ports": list(manifest.ports),
            "labels": manifest.labels,
        },
        "size": sum(layer["size"] for layer in layers),
        "layers": layers,
        "libraries": [_library(image, linked) for linked in linking.native],
        "program": _program(program),
        "checked": list(_checked(examined)),
        "unchecked": list(_unchecked(examined)),
        "left_out": list(_left_out(image, linking, written)),
        "debs": debs,
        "debs_steps": for_debs(image, debs) if debs else [],
        "findings": [finding.to_json() for finding in findings],
    }


def _program(program: Program) -> dict[str, Any]:
    """What starts, how many modules that imports, and which imports find nothing."""
    reach = program.reach
    paths = [module.path for module in reach.reached.values() if module.path]
    return {
        "starts": list(program.started),
        "modules": len(reach.reached),
        "first_party": sum(map(program.is_first_party, paths)),
        "missing": sorted({missing.name for found in (*program.missing(), program.later) for missing in found}),
        "unread": sorted(path for path in paths if reach.facts_of(path).unread and program.layer(path)),
    }


def _checked(examined: Examined) -> Iterator[str]:
    """What was looked at, a sentence each."""
    image, linking, program, _ = examined
    yield f"{len(linking.native)} compiled libraries and programs: what they need of each other and of the base"
    yield f"{len(image.wheels)} distributions: tags, Requires-Python, and what they require, in which versions"
    if program.started:
        yield (
            f"{len(program.reach.reached)} modules that {program.started[0]} imports when it starts: they are there,"
            " and so are the libraries and programs that they name, but for the findings"
        )
    yield "first-party code: files, locales and time zones that it names, programs and shells that it starts"
    yield "paths of all layers, secrets among first-party files, the base's age"


def _unchecked(examined: Examined) -> Iterator[str]:
    """What was not checked, a sentence each."""
    program = examined.program
    if not program.started:
        yield "what the image starts: nothing that this knows"
    yield "imports in try, under tests and in functions of distributions, and names that are computed"
    yield "files, libraries and programs whose names are computed; what is read from elsewhere when it runs"
    yield "what compiled code opens or starts by itself"
    unread = _program(program)["unread"]
    if unread:
        yield f"{len(unread)} modules in a syntax that the Python of this build does not know: {_first(unread)}"


def _base_layers(image: VerifiedImage) -> Iterator[dict[str, Any]]:
    for layer, title in zip(image.base.layers, image.base.layer_titles()):
        yield {"kind": "base", "name": title, "version": "", "size": layer.size}


def _layer(facts: LayerFacts) -> dict[str, Any]:
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
    if facts.part:
        value["part"] = facts.part
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
    """Who provides a library: `base`, a package with its version, or empty if nothing does."""
    if provider is None:
        return ""
    return provider.layer.title if provider.layer else "base"


def _left_out(image: VerifiedImage, linking: Linking, written: Iterable[LayerFacts]) -> Iterator[dict[str, Any]]:
    """What is not in the image, or of no use in it."""
    if not any(image.tree.find(shell) for shell in SHELLS):
        yield {"package": "", "what": "a shell"}
    yield {"package": "", "what": "documentation, manual pages and translations of Debian packages, and their scripts"}
    yield {"package": "", "what": "bytecode that wheels bring: it is compiled anew, by the image's own Python"}
    for facts in written:
        wheel = facts.wheel
        if wheel and wheel.uncompiled:
            why = "no such Python ran here" if not facts.bytecode else "they do not compile"
            yield {"package": facts.title, "what": f"bytecode of {wheel.uncompiled} modules: {why}"}
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
