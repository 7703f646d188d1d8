"""What is done about dependency cycles: sources that import each other come into one target.

- Packages whose libraries need each other: the folder around them is generated in project mode.
- A test, a `conftest.py` or a `__main__.py` that its own package's library imports: it is in the library, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.settings import Settings
from distroless_python.generate.read.targets import LIBRARY, Target
from distroless_python.generate.resolve.graph import Edges, common_folder, components, tied

DIRECTIVE = "# gazelle:python_generation_mode project"


@dataclass
class Together:
    """What belongs together.

    Attributes:
        projects: folders in project mode, with the packages whose libraries need each other.
        shared: paths of sources that are in their package's library, whatever else they are.
    """

    projects: dict[str, list[str]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def settings(self, settings: Mapping[str, Settings]) -> dict[str, Settings]:
        """The settings of all folders, with project mode where it was chosen."""
        changed: dict[Settings, Settings] = {}
        result = {}
        for path, mine in settings.items():
            if any(_is_below(path, project) for project in self.projects):
                if mine not in changed:
                    changed[mine] = dataclasses.replace(mine, mode="project", _cache={}, _digest=[])
                mine = changed[mine]
            result[path] = mine
        return result


def project_note(project: str, packages: list[str]) -> str:
    """What is said once of a folder that is put in project mode."""
    names = ", ".join(f"//{path}" for path in packages[:4]) + ", ..." * (len(packages) > 4)
    return (
        f"//{project}: its sources become one target, because these packages import each other: {names}. "
        f"Its BUILD file says so: {DIRECTIVE}"
    )


def bring_together(
    together: Together, edges: Edges, targets: Mapping[str, Target], packages: Mapping[str, Package]
) -> bool:
    """Decides what belongs together, beside what does already; says whether there is anything new."""
    libraries = {label: [d for d in deps if _is_library(targets[d])] for label, deps in edges.items()}
    libraries = {label: deps for label, deps in libraries.items() if _is_library(targets[label])}
    before = len(together.projects), len(together.shared)
    for component in components(libraries):
        paths = sorted({targets[label].package for label in component})
        project = _project(paths, {targets[label].package for label in tied(edges, component)}, packages)
        if project is not None:
            together.projects[project] = sorted({*paths, *together.projects.get(project, [])})
    if len(together.projects) == before[0]:
        for component in components(edges):
            members = [targets[label] for label in component]
            together.shared.update(t.path(s) for t in members if _may_share(t, packages) for s in t.sources)
    return (len(together.projects), len(together.shared)) != before


def _project(paths: list[str], tied_to: set[str], packages: Mapping[str, Package]) -> str | None:
    """The folder whose packages become one; None where they cannot, or where most have nothing to do with it.

    Where the root itself is one of the packages, as in `config.py` beside `app/`, those that they need, or that need
    them, have to do with it.
    """
    if len(paths) < 2:
        return None
    common = common_folder(paths)
    if any((packages[path].exists and path != common) or packages[path].settings.mode != "package" for path in paths):
        return None
    above = packages.get(common)
    if above is not None and (above.settings.mode != "package" or above.settings.left_alone):
        return None
    if common and above is not None and (common in paths or "__init__.py" in above.sources):
        return common
    inside = [path for path, package in packages.items() if _is_below(path, common) and _has_code(package)]
    concerned = [path for path in inside if path in tied_to] if common in paths else paths
    return common if 3 * len(concerned) >= len(inside) else None


def _may_share(target: Target, packages: Mapping[str, Package]) -> bool:
    mode = packages[target.package].settings.mode
    return mode != "file" and not _is_library(target) and not (target.rule and target.rule.keep)


def _is_library(target: Target) -> bool:
    return target.kind == LIBRARY and target.name != "conftest"


def _has_code(package: Package) -> bool:
    return any(not package.settings.is_test(s.rpartition("/")[2]) for s in package.sources if s != "conftest.py")


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")
