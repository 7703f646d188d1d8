"""`tree-layer`: a distribution that was extracted already becomes the layer that its wheel would become."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from distroless_python.documents.layer_contents import write_known
from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.files import atomic
from distroless_python.layer import install, scripts
from distroless_python.layer.build import write_installation
from distroless_python.layer.distribution import check_entry_points, describe
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import InstallPlaces
from distroless_python.layer.source_files import Leaf, leaves
from distroless_python.manifests.layers import TreeLayerManifest
from distroless_python.manifests.reading import read_manifest
from distroless_python.python import metadata
from distroless_python.python.interpreter import Interpreter
from distroless_python.python.metadata import Headers
from distroless_python.python.names import normalize_name

_ROOT = "site-packages/"
_SCHEMES = {_ROOT: "purelib", "bin/": "scripts", "data/": "data", "include/": "headers"}
_REMEDY = "hand over one distribution with its .dist-info, or its wheel by `wheels`"


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], TreeLayerManifest))
    return 0


def build(job: TreeLayerManifest) -> None:
    """Writes the layer and what is known of it.

    Raises:
        ToolError: the files are not a distribution; with all that is wrong.
    """
    python = PythonTarget.read(job.python)
    problems = Collector()
    found = {leaf.path: leaf for leaf in leaves(job.files, job.label, problems)}
    problems.raise_if_any()
    dist_info = _dist_info(found, job)
    about = _headers(found, f"{_ROOT}{dist_info}/METADATA")
    tags = _headers(found, f"{_ROOT}{dist_info}/WHEEL").get("tag", [])
    entry_points = _entry_points(found, f"{_ROOT}{dist_info}/entry_points.txt", job.label, problems)
    name, version = metadata.first(about, "name"), metadata.first(about, "version")
    if not name or not version:
        problems.add(job.label, "has no Name or no Version", _REMEDY, f"{dist_info}/METADATA")
    brought = tuple(_distributed(found.values(), dist_info, entry_points))
    installation = install.plan(
        brought,
        entry_points,
        InstallPlaces.image(python, name),
        dist_info=dist_info,
        direct=False,
        subject=job.label,
        problems=problems,
    )
    problems.raise_if_any()
    interpreter = Interpreter.of_base(job.interpreter) if job.interpreter else None
    known: dict[str, Any] = {"name": normalize_name(name), "version": version, "label": job.label}
    with atomic(job.output.layer) as stream:
        built = write_installation(stream, installation, interpreter, python, **known)
    distribution = describe(
        tags,
        about,
        entry_points,
        (item.path for item in brought if item.scheme in install.IMPORTABLE),
        direct=False,
        uncompiled=built.uncompiled,
    )
    write_known(dataclasses.replace(built.facts, wheel=distribution), built.contents, job.output)


def _dist_info(found: Mapping[str, Leaf], job: TreeLayerManifest) -> str:
    tops = {path[len(_ROOT) :].partition("/")[0] for path in found if path.startswith(_ROOT)}
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
    found: Iterable[Leaf], dist_info: str, entry_points: Mapping[str, Mapping[str, str]]
) -> Iterator[LayerFile]:
    """Files as the wheel had them: what the extraction added is left out."""
    generated = {f"bin/{name}" for group in scripts.GROUPS for name in entry_points.get(group, ())}
    added = {f"{_ROOT}{dist_info}/{name}" for name in ("RECORD", "RECORD.jws", "RECORD.p7s")} | generated
    for leaf in found:
        start = next((start for start in _SCHEMES if leaf.path.startswith(start)), None)
        if start is None or leaf.path in added or leaf.target:
            continue
        content, mode = leaf.content(), 0o755 if leaf.executable else 0o644
        recorded = install.hash_of(content)
        yield LayerFile(leaf.path[len(start) :], mode, content, recorded, leaf.path, _SCHEMES[start])
