"""One run: from what is there to the BUILD files that should be there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from distroless_python.errors import Collector
from distroless_python.generate.decide.clusters import DIRECTIVE, project_note
from distroless_python.generate.decide.distributions import add_distributions
from distroless_python.generate.decide.images import Image, ImagePlanner
from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.decide.removable import Removable
from distroless_python.generate.decide.scripts import add_scripts
from distroless_python.generate.decide.services import ServiceFinder
from distroless_python.generate.messages import Grouped
from distroless_python.generate.read.cache import Cache, digest, digest_of
from distroless_python.generate.read.commands import read_commands
from distroless_python.generate.read.facts import SourceFacts
from distroless_python.generate.read.inputs import Inputs, configuration_digest, read_folders, read_inputs
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.sources import extract_sources, read_digests
from distroless_python.generate.read.targets import LIBRARY, Target, spread_testonly
from distroless_python.generate.read.walk import Folder
from distroless_python.generate.resolve.cycles import complete_programs
from distroless_python.generate.resolve.namespaces import note_namespaces
from distroless_python.generate.rounds import Decision, decide
from distroless_python.generate.write.merge import merge
from distroless_python.progress import Progress


@dataclass
class Result:
    """What a run decided.

    Attributes:
        inputs: what it started from; None where nothing had changed since the last run.
        changes: path of a BUILD file to its old and new text.
        targets: every target by its label.
        digests: path of a source to the digest of its content; `builds`: the same of BUILD files.
        notes: what is worth to be said of it, though nothing is wrong.
        shape: a digest of what else a run depends on.
        unserved: the servers that would serve applications for which no hub has one.
    """

    inputs: Inputs | None = None
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    shape: str = ""
    unserved: set[str] = field(default_factory=set)
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
    decision = decide(inputs, facts, result.digests, cache, complete, problems)
    result.targets = decision.targets
    owners = decision.modules.owners
    add_scripts(inputs.scripts, inputs.folders, inputs.packages, decision.plans, result.targets, owners, facts)
    add_distributions(inputs.projects, inputs.packages, decision.plans, result.targets, facts)
    spread_testonly(result.targets)
    images = _images(inputs, decision, facts, problems, result)
    programs = [t for plan in decision.plans.values() for t in plan.targets if t.kind != LIBRARY or not t.sources]
    complete_programs(programs, decision.targets, decision.edges, decision.dropped)
    note_namespaces(programs, decision.targets, decision.edges, decision.modules, inputs.hubs.namespaces)
    _write(inputs, decision, images, scopes, cache, result)
    return result


def _is_newer(inputs: Inputs) -> bool:
    """Whether the locks are made for a newer Python than this, whose parser then cannot judge the sources."""
    versions = [
        tuple(map(int, python.split("."))) for python in inputs.hubs.pythons if re.fullmatch(r"\d+\.\d+", python)
    ]
    return max(versions, default=(0, 0)) > sys.version_info[:2]


def _images(
    inputs: Inputs, decision: Decision, facts: Callable[[str], SourceFacts], problems: Collector, result: Result
) -> dict[str, list[Image]]:
    """The images of each package."""
    resolver = decision.resolver
    finder = ServiceFinder(
        facts,
        lambda name, package: resolver.wheel([name], package.settings),
        lambda name, package: resolver.versions(name, package.settings),
        read_commands(inputs.root, {path: f for path, f in inputs.folders.items() if path in inputs.settings}),
        decision.targets,
        set(decision.modules.owners),
        problems,
    )
    finder.gather_sites(inputs.packages, decision.plans, decision.django, decision.modules.owners)
    planner = ImagePlanner(
        finder,
        inputs.name,
        inputs.packages,
        problems,
        lambda labels, package: inputs.hubs.debs_for(labels, package.settings),
        lambda path: _is_file(path, inputs.folders),
    )
    result.unserved = finder.unserved
    return {path: planner.plan(inputs.packages[path], plan) for path, plan in decision.plans.items()}


def _is_file(path: str, folders: Mapping[str, Folder]) -> bool:
    folder, _, name = path.rpartition("/")
    return folder in folders and name in (*folders[folder].others, *folders[folder].sources)


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
    progress.close()
    for path in wanted:
        if path not in known and path in result.digests:
            known[path] = SourceFacts(error=(1, "it cannot be read"))
        for line, name in known[path].wrong_annotations if path in known else ():
            reason = f"# {name} has no value"
            problems.add(path, reason, f"write # {name} VALUE, or remove the comment", f"line {line}")
        if path in known and known[path].error[0]:
            if known[path].unparsed and _is_newer(inputs):
                known[path] = known[path]._replace(error=(0, ""))
                continue
            line, reason = known[path].error
            remedy = "correct it, or leave it out: # gazelle:python_ignore_files NAME"
            problem = Grouped(
                path, f"does not parse: {reason}", remedy, f"line {line}", "sources that do not parse", path
            )
            problems.extend([problem])
    gone = {path for path in wanted if path not in known}
    for folder in inputs.folders.values() if gone else ():
        folder.sources = [name for name in folder.sources if folder.join(name) not in gone]
    if gone:
        inputs.divide(())
    empty = SourceFacts()
    return lambda path: known.get(path, empty)


def _write(
    inputs: Inputs,
    decision: Decision,
    images: Mapping[str, list[Image]],
    scopes: Collection[str],
    cache: Cache,
    result: Result,
) -> None:
    """The new texts of the BUILD files that change."""
    removable = Removable(inputs, result.targets)
    for path, plan in decision.plans.items():
        package = inputs.packages[path]
        if package.settings.left_alone or not in_scope(path, scopes):
            continue
        if not package.exists and (package.settings.update_only or not (plan.targets or package.exports)):
            continue
        package.directives = [DIRECTIVE] if path in decision.together.projects else []
        old = inputs.texts.get(path, "")
        wanted = _wanted(package, plan, images[path], inputs)
        if cache.settled.get(package.build_path) == f"{digest(old.encode())} {wanted}":
            continue
        new = merge(old, package, plan, images[path], inputs.workspace, removable)
        if new != old or not package.exists:
            result.changes[package.build_path] = (old, new)
            if package.directives:
                result.notes.append(project_note(path, decision.together.projects[path]))
        cache.settled[package.build_path] = f"{digest(new.encode())} {wanted}"


def _wanted(package: Package, plan: Plan, images: list[Image], inputs: Inputs) -> str:
    """A digest of what a BUILD file should say, beside what it says by hand."""
    rows = [
        (
            (
                t.name,
                t.kind,
                t.testonly,
                t.sources,
                t.stubs,
                t.main,
                t.data,
                t.data_files,
                t.env,
                t.incomplete,
                t.namespaces,
            ),
            (list(t.deps), list(t.typing_deps), sorted(t.roots), t.data_labels),
        )
        for t in plan.targets
    ]
    return digest_of(
        rows,
        images,
        package.exports,
        package.directives,
        package.settings.digest,
        sorted(inputs.hubs.distributions),
        sorted(package.ignored),
    )


def in_scope(path: str, scopes: Collection[str]) -> bool:
    """Whether a folder may change."""
    return not scopes or any(not scope or path == scope or path.startswith(f"{scope}/") for scope in scopes)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
