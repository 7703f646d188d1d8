"""Sources that ask `importlib.metadata` get what it finds of their own distribution: a `py_distribution_info`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.facts import Import, SourceFacts
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.projects import Project
from distroless_python.generate.read.targets import DISTRIBUTION_INFO, Reason, Target

_ASKING = ("importlib.metadata", "importlib_metadata", "pkg_resources")


def add_distributions(
    projects: Iterable[Project],
    packages: Mapping[str, Package],
    plans: Mapping[str, Plan],
    targets: dict[str, Target],
    facts: Callable[[str], SourceFacts],
) -> None:
    """Adds the distributions that sources ask for.

    Args:
        targets: all targets by their labels; the new ones are added.
    """
    known = {project.folder: project for project in projects if project.folder in plans}
    made: dict[str, Target] = {}
    for target in list(targets.values()) if known else ():
        for source in target.sources:
            path = target.path(source)
            asked = next((entry for entry in facts(path).imports if _asks(entry)), None)
            project = _around(path, known) if asked else None
            if asked is None or project is None:
                continue
            if project.folder not in made:
                made[project.folder] = _target(project, packages[project.folder])
                plans[project.folder].targets.append(made[project.folder])
            reason = Reason(path, asked.line, asked.text, f"{project.file} names the distribution")
            target.deps.setdefault(made[project.folder].label, []).append(reason)
    targets.update({target.label: target for target in made.values()})


def _asks(entry: Import) -> bool:
    whole = (entry.module, *(f"{entry.module}.{name}" for name in entry.names))
    return any(name == asking or name.startswith(f"{asking}.") for name in whole for asking in _ASKING)


def _around(path: str, projects: Mapping[str, Project]) -> Project | None:
    """The distribution whose folder a source is in."""
    folder = path.rpartition("/")[0]
    while folder not in projects and folder:
        folder = folder.rpartition("/")[0]
    return projects.get(folder)


def _target(project: Project, package: Package) -> Target:
    rules = [rule for rule in package.build.rules if rule.kind == DISTRIBUTION_INFO]
    rule = next((rule for rule in rules if rule.text("distribution") == project.name), None)
    name = rule.name if rule else f"{re.sub(r'[^a-z0-9]+', '_', project.name.lower())}_info"
    return Target(package.path, name, DISTRIBUTION_INFO, [], rule=rule, project=project)
