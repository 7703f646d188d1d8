"""Namespace packages that lie in several folders: Bazel's own `__init__.py` in one of them would hide the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from distroless_python.generate.read.targets import BINARY, TESTS, Target
from distroless_python.generate.resolve.graph import Edges, closure
from distroless_python.generate.resolve.modules import Modules


def note_namespaces(
    programs: Iterable[Target], targets: Mapping[str, Target], edges: Edges, modules: Modules, wheels: Collection[str]
) -> None:
    """Marks the programs and tests that need such a package; `wheels` are the namespaces of wheels."""
    roots = {"", *(root for target in targets.values() for root in target.roots)}
    folders: dict[str, set[str]] = {}
    for root in roots:
        for name in modules.below(root):
            path = f"{root}/{name}" if root else name
            if path in modules.folders and not modules.is_package(path) and path not in roots:
                folders.setdefault(name, set()).add(path)
    split = [paths for name, paths in folders.items() if len(paths) > 1 or name in wheels]
    if not split:
        return
    for target in programs:
        if target.kind == BINARY or target.kind in TESTS:
            packages = {targets[label].package for label in closure(edges, [target.label])}
            target.namespaces = any(_several(paths, packages) for paths in split)


def _several(paths: set[str], packages: set[str]) -> bool:
    used = [path for path in paths if any(p == path or p.startswith(f"{path}/") for p in packages)]
    return len(used) > 1 or (len(used) == 1 and len(paths) == 1)
