"""One run: from what is there to the BUILD files that should be there."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.errors import Collector
from distroless_python.generate.decide.data import give_data, give_project_data
from distroless_python.generate.decide.images import Image, ImagePlanner
from distroless_python.generate.decide.plan import Plan, plan_package
from distroless_python.generate.decide.removable import Removable
from distroless_python.generate.progress import Progress
from distroless_python.generate.read.cache import Cache, digest, digest_of
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.inputs import Inputs, configuration_digest, read_folders, read_inputs
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.sources import extract_sources, read_digests
from distroless_python.generate.read.targets import Target, spread_testonly
from distroless_python.generate.read.walk import Folder
from distroless_python.generate.resolve.cycles import report_cycles
from distroless_python.generate.resolve.depend import Dependencies
from distroless_python.generate.resolve.django import Django
from distroless_python.generate.resolve.modules import Modules, index_modules
from distroless_python.generate.resolve.resolver import Resolver
from distroless_python.generate.write.merge import merge


@dataclass
class Result:
    """What a run decided.

    Attributes:
        inputs: what it started from; None where nothing had changed since the last run.
        changes: path of a BUILD file to its old and new text.
        targets: every target by its label.
        digests: path of a source to the digest of its content; `builds`: the same of BUILD files.
        shape: a digest of what else a run depends on.
    """

    inputs: Inputs | None = None
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    shape: str = ""
    builds: dict[str, str] = field(default_factory=dict)


def run(
    root: Path,
    scopes: Collection[str],
    cache: Cache,
    problems: Collector,
    progress: Progress,
    complete: bool = False,
) -> Result:
    """Decides the BUILD files of the workspace.

    Args:
        scopes: folders that may change, with what is below; all without.
        complete: every reason of every dependency is wanted, not only what changed.
    """
    folders, texts, broken = read_folders(root, problems)
    sources = [folder.join(n) for folder in folders.values() for n in (*folder.sources, *folder.stubs)]
    result = Result(digests=read_digests(root, sources), shape=_shape(root, folders, cache.configuration))
    result.builds = {folders[path].join(folders[path].build): digest(text.encode()) for path, text in texts.items()}
    if cache.fingerprint == fingerprint(result) and not problems and not complete:
        return result
    cache.load()
    inputs = result.inputs = read_inputs(root, folders, texts, broken, cache, progress, problems)
    cache.configuration = inputs.configuration
    result.shape = _shape(root, folders, cache.configuration)
    facts = _facts(inputs, result, cache, problems, progress)
    plans = _plans(inputs, facts, problems)
    result.targets = {target.label: target for plan in plans.values() for target in plan.targets}
    seen = {path: folder for path, folder in folders.items() if path in inputs.settings}
    modules = index_modules(seen, inputs.packages, result.targets.values())
    for module, package in modules.shadowed:
        problems.add(
            module,
            f"Python imports {package} in its place",
            "rename one of them, or leave the module out: # gazelle:python_ignore_files NAME",
        )
    resolver = Resolver(modules, inputs.hubs, inputs.manifests)
    django = Django(modules, facts, modules.files.values())
    dependencies = Dependencies(resolver, modules, facts, result.targets, django, problems)
    world = digest_of(_world(inputs, modules, facts), django.knowledge)
    memory = {} if complete else cache.packages
    for path, plan in plans.items():
        _depend(inputs.packages[path], plan, dependencies, world, memory, result, problems)
    cache.packages.update(memory)
    report_cycles(result.targets, lambda target: _reconsider(target, inputs, dependencies, cache), problems)
    spread_testonly(result.targets)
    planner = ImagePlanner(
        facts,
        lambda name, package: resolver.wheel([name], package.settings),
        lambda name, package: resolver.versions(name, package.settings),
        inputs.name,
        problems,
    )
    planner.gather_sites(inputs.packages, plans, django, modules.owners)
    _write(inputs, plans, planner, scopes, cache, result)
    return result


def fingerprint(result: Result) -> str:
    """A digest of all that decides what a run does; new BUILD files are already counted as written."""
    builds = dict(result.builds)
    builds.update({path: digest(new.encode()) for path, (_, new) in result.changes.items()})
    return digest_of(result.shape, sorted(result.digests.items()), sorted(builds.items()))


def _shape(root: Path, folders: Mapping[str, Folder], configuration: list[str]) -> str:
    """A digest of the names of all files, and of the contents of those that configure the generator."""
    names = [(folder.path, folder.native, folder.others) for folder in folders.values()]
    return digest_of(names, configuration_digest(root, configuration))


def _facts(
    inputs: Inputs, result: Result, cache: Cache, problems: Collector, progress: Progress
) -> Callable[[str], SourceFacts]:
    """The facts of every source that counts; sources that are gone by now are taken out of the packages."""
    wanted = [_join(p.path, s) for p in inputs.packages.values() for s in (*p.sources, *p.stubs)]
    known: dict[str, SourceFacts] = {}
    unknown: list[str] = []
    for path in wanted:
        row = cache.sources.get(result.digests.get(path, ""))
        if row is None:
            unknown.append(path)
        else:
            known[path] = SourceFacts.from_text(row)
    progress.begin("reading", len(unknown))
    for path, name, text in extract_sources(inputs.root, unknown, progress):
        known[path] = SourceFacts.from_text(text)
        cache.sources[name] = text
        result.digests[path] = name
    progress.end()
    for path in wanted:
        if path not in known and path in result.digests:
            known[path] = SourceFacts(error=(1, "it cannot be read"))
        if path in known and known[path].error[0]:
            line, reason = known[path].error
            remedy = "correct it, or leave it out: # gazelle:python_ignore_files NAME"
            problems.add(path, f"does not parse: {reason}", remedy, f"line {line}")
    for package in inputs.packages.values():
        package.sources = [s for s in package.sources if _join(package.path, s) in known]
    empty = SourceFacts()
    return lambda path: known.get(path, empty)


def _plans(inputs: Inputs, facts: Callable[[str], SourceFacts], problems: Collector) -> dict[str, Plan]:
    plans = {}
    for path, package in inputs.packages.items():
        if path not in inputs.broken and package.settings.enabled and not _has_twins(package, problems):
            has_pytest = inputs.hubs.find(["pytest"], package.settings) is not None
            plans[path] = plan_package(package, package.base_name or inputs.name, facts, has_pytest, problems)
            give_data(package, plans[path].targets, inputs.folders)
    give_project_data(inputs.packages, plans, facts, inputs.folders)
    return plans


def _has_twins(package: Package, problems: Collector) -> bool:
    """Whether two rules have one name, which Bazel refuses; then it is unclear what is meant by it."""
    counts = Counter(rule.name for rule in package.build.rules if rule.name)
    twins = sorted(name for name, count in counts.items() if count > 1)
    if twins:
        reason = f"several rules are called {', '.join(twins)}; it is left as it is"
        problems.add(package.build_path, reason, "give each a name of its own")
    return bool(twins)


def _world(inputs: Inputs, modules: Modules, facts: Callable[[str], SourceFacts]) -> str:
    """A digest of what the meaning of imports depends on, beside the settings of the package."""
    ownerless = [(path, facts(path).blank) for path in modules.files.values() if path not in modules.owners]
    return digest_of(
        configuration_digest(inputs.root, inputs.configuration),
        sorted(modules.owners.items()),
        sorted(modules.made.items()),
        sorted(modules.native),
        ownerless,
    )


def _depend(
    package: Package,
    plan: Plan,
    dependencies: Dependencies,
    world: str,
    memory: dict[str, str],
    result: Result,
    problems: Collector,
) -> None:
    """Finds the dependencies of a package's targets, or remembers them."""
    digests = [(t.label, t.kind, [result.digests.get(t.path(s)) for s in (*t.sources, *t.stubs)]) for t in plan.targets]
    key = digest_of(world, package.settings.digest, digests, [_asked(t) for t in plan.targets])
    by_hand = digest_of([t.rule.deps.names if t.rule else () for t in plan.targets])
    known, _, text = memory.get(package.path, "").partition("\t")
    rows, roots, chosen = json.loads(text) if known == key else ((), (), None)
    if chosen in ("", by_hand):
        for target, (deps, typing_deps, env, incomplete) in zip(plan.targets, rows):
            target.deps = {label: [] for label in deps}
            target.typing_deps = {label: [] for label in typing_deps}
            target.env, target.incomplete = env, incomplete
        dependencies.need_roots(roots)
        return
    memory.pop(package.path, None)
    before = len(list(problems))
    roots = []
    dependencies.looked_at_hand = False
    for target in plan.targets:
        roots += dependencies.add(target, package)
    if len(list(problems)) == before:
        rows = [[list(t.deps), list(t.typing_deps), t.env, t.incomplete] for t in plan.targets]
        chosen = by_hand if dependencies.looked_at_hand else ""
        memory[package.path] = f"{key}\t{json.dumps([rows, sorted(set(roots)), chosen])}"


def _asked(target: Target) -> tuple[object, ...]:
    """What the dependencies of a target depend on, beside its sources' contents and what it has by hand."""
    return target.sources, target.stubs, target.extra_deps, target.started


def _reconsider(target: Target, inputs: Inputs, dependencies: Dependencies, cache: Cache) -> None:
    """Finds the reasons of a remembered target's dependencies, for a message; the next run is to find them again."""
    target.deps, target.typing_deps = {}, {}
    dependencies.silently().add(target, inputs.packages[target.package])
    cache.packages.pop(target.package, None)


def _write(
    inputs: Inputs,
    plans: Mapping[str, Plan],
    planner: ImagePlanner,
    scopes: Collection[str],
    cache: Cache,
    result: Result,
) -> None:
    """The new texts of the BUILD files that change."""
    removable = Removable(inputs, result.targets)
    for path, plan in plans.items():
        package = inputs.packages[path]
        images = planner.plan(package, plan)
        if package.settings.left_alone or not in_scope(path, scopes):
            continue
        if not package.exists and (package.settings.update_only or not (plan.targets or package.exports)):
            continue
        old = inputs.texts.get(path, "")
        wanted = _wanted(package, plan, images, inputs)
        if cache.settled.get(package.build_path) == f"{digest(old.encode())} {wanted}":
            continue
        new = merge(old, package, plan, images, inputs.workspace, removable)
        if new != old or not package.exists:
            result.changes[package.build_path] = (old, new)
        cache.settled[package.build_path] = f"{digest(new.encode())} {wanted}"


def _wanted(package: Package, plan: Plan, images: list[Image], inputs: Inputs) -> str:
    """A digest of what a BUILD file should say, beside what it says by hand."""
    rows = [
        (
            (t.name, t.kind, t.testonly, t.sources, t.stubs, t.main, t.data, t.env, t.incomplete),
            (list(t.deps), list(t.typing_deps), sorted(t.roots), t.data_labels),
        )
        for t in plan.targets
    ]
    return digest_of(
        rows,
        images,
        package.exports,
        package.settings.digest,
        sorted(inputs.hubs.distributions),
        sorted(package.ignored),
    )


def in_scope(path: str, scopes: Collection[str]) -> bool:
    """Whether a folder may change."""
    return not scopes or any(not scope or path == scope or path.startswith(f"{scope}/") for scope in scopes)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
