"""`tree-layer`: a distribution that was extracted already becomes the layer that its wheel would become."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping

from distroless_python import files
from distroless_python.documents import layer_facts as facts
from distroless_python.documents import python_target as target
from distroless_python.documents.elf_facts import write_document
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.layer import install, scripts
from distroless_python.layer.build import write_installation
from distroless_python.layer.bytecode import candidates
from distroless_python.layer.distribution import check_entry_points, check_fit, describe
from distroless_python.layer.source_files import Leaf, leaves
from distroless_python.manifests.reading import read_manifest
from distroless_python.manifests.tree_layer import TreeLayerManifest
from distroless_python.python import metadata
from distroless_python.python.metadata import Headers
from distroless_python.python.tags import machine

_REMEDY = "hand over one distribution with its .dist-info, or its wheel by `wheels`"


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], TreeLayerManifest))
    return 0


def build(job: TreeLayerManifest) -> None:
    """Writes the layer and its facts.

    Raises:
        ToolError: the files are not a distribution, or not for this base; with all that is wrong.
    """
    python = target.read(job.profile)
    problems = Collector()
    found = {leaf.path: leaf for leaf in leaves(job.files, job.label, problems)}
    problems.raise_if_any()
    dist_info = _dist_info(found, job)
    about = _headers(found, f"{job.root}{dist_info}/METADATA")
    tags = _headers(found, f"{job.root}{dist_info}/WHEEL").get("tag", [])
    entry_points = _entry_points(found, f"{job.root}{dist_info}/entry_points.txt", job.label, problems)
    name, version = metadata.first(about, "name"), metadata.first(about, "version")
    if not name or not version:
        problems.add(job.label, "has no Name or no Version", _REMEDY, f"{dist_info}/METADATA")
    check_fit(tags, about, python, job.label, problems, _other_wheel(python))
    brought = tuple(_distributed(found.values(), job.root, dist_info, entry_points))
    installation = install.plan(
        brought,
        entry_points,
        install.Layout.image(python, name),
        dist_info=dist_info,
        direct=job.direct,
        subject=job.label,
        problems=problems,
    )
    problems.raise_if_any()
    compilers = candidates(job.compile, job.interpreter, job.fallback)
    with files.atomic(job.output) as stream:
        laid = write_installation(
            stream,
            installation,
            compilers,
            python,
            name=metadata.normalize_name(name),
            version=version,
            label=job.label,
        )
    wheel = describe(
        tags,
        about,
        entry_points,
        (item.path for item in brought if item.scheme in install.IMPORTABLE),
        direct=job.direct,
        uncompiled=laid.uncompiled,
    )
    facts.write(job.facts, dataclasses.replace(laid.facts, wheel=wheel))
    if job.elf:
        write_document(job.elf, laid.seen)


def _other_wheel(python: target.Target) -> str:
    platform = f"linux_{machine(python.architecture)}"
    return (
        f'in pip.parse, write python_version = "{python.version}", and "{platform}" among target_platforms; '
        "bazel run @rules_distroless_python//tools:lock -- pip-parse --help"
    )


def _dist_info(found: Mapping[str, Leaf], job: TreeLayerManifest) -> str:
    tops = {path[len(job.root) :].partition("/")[0] for path in found if path.startswith(job.root)}
    names = sorted(top for top in tops if top.endswith(".dist-info"))
    if len(names) != 1:
        reason = f"{len(names)} .dist-info directories where one is needed: {', '.join(names) or 'none'}"
        raise ToolError(Problem(job.label, reason, _REMEDY))
    return names[0]


def _text(found: Mapping[str, Leaf], path: str) -> str:
    return found[path].content().read().decode("utf-8", "replace") if path in found else ""


def _headers(found: Mapping[str, Leaf], path: str) -> Headers:
    return metadata.parse_headers(_text(found, path))


def _entry_points(found: Mapping[str, Leaf], path: str, subject: str, problems: Collector) -> dict[str, dict[str, str]]:
    try:
        groups = metadata.parse_entry_points(_text(found, path))
    except ValueError as error:
        problems.add(subject, str(error), _REMEDY, path)
        return {}
    check_entry_points(groups, subject, path, problems)
    return groups


def _distributed(
    found: Iterable[Leaf], root: str, dist_info: str, entry_points: Mapping[str, Mapping[str, str]]
) -> Iterator[install.Distributed]:
    """Files as the wheel had them: what the extraction added is left out."""
    generated = {f"bin/{name}" for group in scripts.GROUPS for name in entry_points.get(group, ())}
    added = {f"{root}{dist_info}/{name}" for name in ("RECORD", "RECORD.jws", "RECORD.p7s")} | generated
    schemes = {root: "purelib", "bin/": "scripts", "rewrite-bin/": "scripts", "data/": "data", "include/": "headers"}
    for leaf in found:
        start = next((start for start in schemes if leaf.path.startswith(start)), None)
        if start is None or leaf.path in added or leaf.target:
            continue
        source = leaf.content()
        recorded = install.hash_of(source)
        yield install.Distributed(schemes[start], leaf.path[len(start) :], leaf.executable, source, recorded, leaf.path)
