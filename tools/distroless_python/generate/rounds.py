"""Decides the targets and their dependencies, and again where sources turn out to belong together."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from distroless_python.errors import Collector
from distroless_python.generate.decide.clusters import Together, bring_together
from distroless_python.generate.decide.data import DataFinder, leave_to_libraries
from distroless_python.generate.decide.plan import Plan, Planner
from distroless_python.generate.decide.testing import TestStyles
from distroless_python.generate.messages import restored
from distroless_python.generate.read.cache import Cache, digest_of
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.inputs import Inputs, configuration_digest
from distroless_python.generate.read.packages import Package, has_twins
from distroless_python.generate.read.targets import Target
from distroless_python.generate.resolve.cycles import open_cycles, report_cycles
from distroless_python.generate.resolve.depend import Dependencies
from distroless_python.generate.resolve.django import Django
from distroless_python.generate.resolve.modules import Modules, index_modules
from distroless_python.generate.resolve.resolver import Resolver

Facts = Callable[[str], SourceFacts]


@dataclass
class Decision:
    """The targets of the workspace.

    Attributes:
        plans: those of each package.
        targets: all of them by their labels.
        together: what was brought together to avoid cycles.
        edges: their dependencies on each other; `dropped`: those at run time that would have closed a cycle.
    """

    plans: dict[str, Plan]
    targets: dict[str, Target]
    modules: Modules
    resolver: Resolver
    django: Django
    together: Together
    edges: dict[str, list[str]]
    dropped: list[tuple[str, str]]


def decide(
    inputs: Inputs, facts: Facts, digests: Mapping[str, str], cache: Cache, complete: bool, problems: Collector
) -> Decision:
    """Decides the targets and their dependencies.

    Args:
        digests: a source's path to the digest of its content.
        complete: every reason of every dependency is wanted, not only what changed.
    """
    together = Together()
    settings = inputs.settings
    while True:
        found = Collector()
        round_ = _Round(inputs, facts, digests, {} if complete else cache.packages, found, together)
        decision = round_.decision
        if not bring_together(together, decision.edges, decision.targets, inputs.packages):
            break
        inputs.settings = together.settings(settings)
        inputs.divide(together.projects)
    report_cycles(decision.targets, decision.edges, round_.with_reasons, found)
    problems.extend(found)
    return decision


class _Round:
    """Decides once."""

    def __init__(
        self,
        inputs: Inputs,
        facts: Facts,
        digests: Mapping[str, str],
        memory: dict[str, str],
        problems: Collector,
        together: Together,
    ) -> None:
        self._inputs = inputs
        self._facts = facts
        self._digests = digests
        self._memory = memory
        self._problems = problems
        plans = self._plans(together)
        targets = {target.label: target for plan in plans.values() for target in plan.targets}
        seen = {path: folder for path, folder in inputs.folders.items() if path in inputs.settings}
        modules = index_modules(seen, inputs.packages, targets.values())
        self._report_shadowed(modules)
        roots = {mine.python_root or "" for mine in inputs.settings.values()}
        resolver = Resolver(modules, inputs.hubs, inputs.manifests, roots)
        django = Django(modules, facts, modules.files.values())
        self._dependencies = Dependencies(resolver, modules, facts, targets, django, problems)
        world = digest_of(self._world(modules), django.knowledge)
        for path, plan in plans.items():
            self._depend(inputs.packages[path], plan, world)
        for plan in plans.values():
            leave_to_libraries(plan, targets)
        edges, dropped = open_cycles(targets)
        self.decision = Decision(plans, targets, modules, resolver, django, together, edges, dropped)

    def with_reasons(self, target: Target) -> Target:
        """A target with the reasons of its dependencies, which may have been remembered without."""
        again = dataclasses.replace(target, deps={}, typing_deps={}, lazy_deps=set(), roots=set())
        self._dependencies.silently().add(again, self._inputs.packages[target.package])
        return again

    def _plans(self, together: Together) -> dict[str, Plan]:
        inputs, plans = self._inputs, {}
        styles = TestStyles(self._facts, {f.join(name) for f in inputs.folders.values() for name in f.sources})
        for path, package in inputs.packages.items():
            if path in inputs.broken or not package.settings.enabled or has_twins(package, self._problems):
                continue
            has_pytest = inputs.hubs.find(["pytest"], package.settings) is not None
            name = package.base_name or inputs.name
            planner = Planner(package, name, self._facts, styles, has_pytest, together.shared, self._problems)
            plans[path] = planner.run()
        projects = {project.folder for project in inputs.projects}
        projects |= {path for path, folder in inputs.folders.items() if "setup.py" in folder.sources}
        DataFinder(inputs.packages, plans, self._facts, inputs.folders, inputs.settings, projects).give()
        return plans

    def _report_shadowed(self, modules: Modules) -> None:
        for module, package in modules.shadowed:
            self._problems.add(
                module,
                f"Python imports {package} in its place",
                "rename one of them, or leave the module out: # gazelle:python_ignore_files NAME",
            )

    def _world(self, modules: Modules) -> list[object]:
        """What the meaning of imports depends on, beside the importing source and its package's settings."""
        ownerless = [(path, self._facts(path).blank) for path in modules.files.values() if path not in modules.owners]
        owners, made = sorted(modules.owners.items()), sorted(modules.made.items())
        known = configuration_digest(self._inputs.root, self._inputs.configuration)
        return [known, owners, made, sorted(modules.native), ownerless]

    def _depend(self, package: Package, plan: Plan, world: str) -> None:
        """Finds the dependencies of a package's targets, or remembers them."""
        digests = [
            (t.label, t.kind, [self._digests.get(t.path(s)) for s in (*t.sources, *t.stubs)]) for t in plan.targets
        ]
        key = digest_of(world, package.settings.digest, digests, [_asked(t) for t in plan.targets])
        by_hand = digest_of([t.rule.deps.names if t.rule else () for t in plan.targets])
        known, _, text = self._memory.get(package.path, "").partition("\t")
        rows, roots, chosen, problems = json.loads(text) if known == key else ((), (), None, ())
        if chosen in ("", by_hand):
            for target, (deps, typing_deps, lazy_deps, env, incomplete) in zip(plan.targets, rows):
                target.deps = {label: [] for label in deps}
                target.typing_deps = {label: [] for label in typing_deps}
                target.lazy_deps = set(lazy_deps)
                target.env, target.incomplete = env, incomplete
            self._dependencies.need_roots(roots)
            self._problems.extend(restored(problem) for problem in problems)
            return
        before = len(list(self._problems))
        needed: list[tuple[str, str]] = []
        self._dependencies.looked_at_hand = False
        for target in plan.targets:
            needed += self._dependencies.add(target, package)
        rows = [[list(t.deps), list(t.typing_deps), sorted(t.lazy_deps), t.env, t.incomplete] for t in plan.targets]
        chosen = by_hand if self._dependencies.looked_at_hand else ""
        found = [dataclasses.astuple(problem) for problem in list(self._problems)[before:]]
        self._memory[package.path] = f"{key}\t{json.dumps([rows, sorted(set(needed)), chosen, found])}"


def _asked(target: Target) -> tuple[object, ...]:
    """What the dependencies of a target depend on, beside its sources' contents and what it has by hand."""
    return target.sources, target.stubs, target.extra_deps, target.started, target.django
