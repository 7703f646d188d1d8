"""Makes a wheel lock from a requirements file: asks the index, decides, and reports every problem at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock.choose import Candidate, choose, nearest_tags
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs.pins import ALL, Pin, Pins, Selection
from distroless_python.lock.inputs.places import without_login
from distroless_python.lock.resolve import Closure, Plan, closure, direct_names, requirement_graph
from distroless_python.lock.sdists.facts import SourceFacts
from distroless_python.lock.system_needs import with_debs
from distroless_python.lock.wheel import WheelFacts
from distroless_python.lock.wheels_lock import BuildWheel, LockedBuild, LockedEnvironment, LockedFile, WheelsLock

_CONNECTIONS = 8


class Source(Protocol):
    """Where files are: a package index."""

    def candidates(self, pin: Pin) -> tuple[Candidate, ...]:
        """Every file of a release."""

    def facts(self, candidate: Candidate) -> WheelFacts:
        """What a file says of itself."""

    def url(self, candidate: Candidate) -> str:
        """Where a file is."""

    def elsewhere(self, candidate: Candidate) -> bool:
        """Whether the machine's own configuration does not lead to a file: then the lock has to say where it is."""


@dataclass(frozen=True)
class Options:
    """What may differ between locks: source distributions where there is no wheel, addresses in the lock, and what of a
    uv.lock or pylock.toml is locked."""

    sdist: bool = True
    urls: bool = False
    selection: Selection = ALL


@dataclass(frozen=True)
class Need:
    """A source distribution that has to be built in some environments."""

    file: str
    facts: SourceFacts
    environments: tuple[Environment, ...]


@dataclass(frozen=True)
class Builds:
    """What source distributions are built with: by file and environment, and the wheels that these name."""

    of: Mapping[tuple[str, str], LockedBuild]
    wheels: dict[str, BuildWheel]


Planner = Callable[[Sequence[Need]], Builds]
"""Finds what source distributions are built with; raises ToolError where there is no solution."""


def no_builds(needs: Sequence[Need]) -> Builds:
    """Plans nothing: for locks of wheels only."""
    return Builds({}, {})


def make_lock(
    requirements: Pins,
    environments: Sequence[Environment],
    source: Source,
    subject: str,
    inputs: dict[str, str],
    options: Options,
    plan_builds: Planner = no_builds,
) -> WheelsLock:
    """Makes the wheel lock for some environments.

    Args:
        requirements: what is locked.
        environments: what it is locked for.
        source: where the files are.
        subject: the requirements file, for errors.
        inputs: goes into the lock as it is.
        options: see there.
        plan_builds: see there.

    Raises:
        ToolError: an environment lacks a wheel or a requirement; all of them together.
    """
    problems = Collector()
    releases = _releases(requirements.pins, source, subject, problems)
    plans = [
        _plan(requirements.pins, releases, environment, options, subject, problems) for environment in environments
    ]
    facts = _facts({file for plan in plans for file in plan.files.values()}, source, problems)
    problems.raise_if_any()
    own = {project.name for project in requirements.first_party}
    facts = {file: fact.without(own) for file, fact in facts.items()}
    direct = direct_names(requirements.pins, [requirement_graph(plan, facts).requires for plan in plans])
    closures = [closure(plan, facts, direct) for plan in plans]
    _check(plans, closures, facts, releases, subject, problems)
    problems.raise_if_any()
    if not any(needed.requires for needed in closures):
        raise ToolError(_empty(subject, environments))
    builds = plan_builds(_needs(plans, closures, facts))
    return with_debs(
        WheelsLock(
            {environment.name: LockedEnvironment.of(environment) for environment in environments},
            _distributions(plans, closures, facts, direct, builds, source, options),
            inputs,
            builds.wheels,
            options.selection.chosen(),
        )
    )


def _empty(subject: str, environments: Sequence[Environment]) -> Problem:
    reason = f"it has no requirement for {_names(environments)}, so that the lock would be empty"
    remedy = "add requirements to what it is made from; if there are none, leave the lock and its hub out"
    return Problem(subject, reason, remedy)


def _needs(
    plans: Sequence[Plan], closures: Sequence[Closure], facts: Mapping[Candidate, WheelFacts]
) -> tuple[Need, ...]:
    """What has to be built, and where: with a compiler for images only, for machines have no builder."""
    where: dict[Candidate, list[Environment]] = defaultdict(list)
    for plan, needed in zip(plans, closures):
        for name in sorted(needed.requires):
            file = plan.files[name]
            found = facts[file]
            if isinstance(found, SourceFacts) and (found.pure or plan.environment.is_image):
                where[file].append(plan.environment)
    return tuple(
        Need(file.name, found, tuple(environments))
        for file, environments in sorted(where.items())
        if isinstance(found := facts[file], SourceFacts)
    )


def _releases(
    pins: Sequence[Pin], source: Source, subject: str, problems: Collector
) -> dict[Pin, tuple[Candidate, ...]]:
    """Every file of each pin's release, its allowed ones or not."""
    releases: dict[Pin, tuple[Candidate, ...]] = {}
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for pin, future in [(pin, pool.submit(source.candidates, pin)) for pin in pins]:
            with problems.catching():
                releases[pin] = future.result()
    return releases


def _plan(
    pins: Sequence[Pin],
    releases: Mapping[Pin, tuple[Candidate, ...]],
    environment: Environment,
    options: Options,
    subject: str,
    problems: Collector,
) -> Plan:
    """The pins whose markers fit an environment, each with its file if it has one."""
    active: dict[str, Pin] = {}
    files: dict[str, Candidate] = {}
    for pin in pins:
        if environment.name not in pin.environments:
            continue
        if pin.name in active:
            reason = f"{pin.name} is locked on {active[pin.name].place} too, for {environment.name} both"
            problems.add(subject, reason, "keep one of them, or give them markers that exclude each other", pin.place)
            continue
        active[pin.name] = pin
        allowed = [file for file in releases.get(pin, ()) if file.sha256 in pin.hashes]
        sdists = [file for file in allowed if not file.is_wheel] if options.sdist else []
        file = choose(allowed, environment) or min(sdists, default=None)
        if file:
            files[pin.name] = file
    return Plan(environment, active, files)


def _facts(files: set[Candidate], source: Source, problems: Collector) -> dict[Candidate, WheelFacts]:
    facts: dict[Candidate, WheelFacts] = {}
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for file, future in [(file, pool.submit(source.facts, file)) for file in sorted(files)]:
            with problems.catching():
                facts[file] = future.result()
    return facts


def _check(
    plans: Sequence[Plan],
    closures: Sequence[Closure],
    facts: Mapping[Candidate, WheelFacts],
    releases: Mapping[Pin, tuple[Candidate, ...]],
    subject: str,
    problems: Collector,
) -> None:
    """Reports what an environment needs and does not get, one problem a requirement with all its environments."""
    fileless: dict[Pin, list[Environment]] = defaultdict(list)
    too_old: dict[tuple[Pin, str], list[Environment]] = defaultdict(list)
    unlocked: dict[tuple[str, str], list[Environment]] = defaultdict(list)
    for plan, needed in zip(plans, closures):
        for name, required in needed.requires.items():
            pin = plan.pins[name]
            file = plan.files.get(name)
            if file is None:
                fileless[pin].append(plan.environment)
            elif not plan.environment.satisfies(facts[file].requires_python):
                too_old[pin, str(facts[file].requires_python)].append(plan.environment)
            for other in required:
                if other not in plan.pins:
                    unlocked[name, other].append(plan.environment)
    order = {pin: number for number, pin in enumerate(releases)}
    for pin, environments in sorted(fileless.items(), key=lambda item: order[item[0]]):
        problems.add(subject, *_explain_fileless(pin, environments, releases[pin]), pin.place)
    for (pin, requires_python), environments in sorted(too_old.items(), key=lambda item: order[item[0][0]]):
        reason = f"{pin.name} {pin.version} needs Python {requires_python}, which {_names(environments)} has not"
        problems.add(subject, reason, "compile the requirements for these environments too", pin.place)
    for (name, other), environments in sorted(unlocked.items()):
        reason = f"{name} requires {other} on {_names(environments)}, and {other} is not locked"
        problems.add(subject, reason, "compile the requirements for these environments too")


def _explain_fileless(pin: Pin, environments: Sequence[Environment], files: Sequence[Candidate]) -> tuple[str, str]:
    """(reason, remedy) for a release without a usable file."""
    release = f"{pin.name} {pin.version}"
    if not files:
        index = f"neither pip's package index nor {without_login(pin.index)} has" if pin.index else ""
        return (
            f"{index or 'the package index has no'} {release}",
            "check pip's configuration (`python3 -m pip config list`), or lock another version",
        )
    allowed = [file for file in files if file.sha256 in pin.hashes]
    if not allowed:
        return f"none of the {len(files)} files of {release} on the package index has a hash that is locked", (
            "the files changed, or another index is configured: find out which, then compile the requirements again"
        )
    unlisted = [file.name for file in files if file not in allowed and choose([file], environments[0])]
    if unlisted:
        return f"{release}: {unlisted[0]} would fit {_names(environments)}, but its hash is not locked", (
            "compile the requirements again: the wheel was published later, or the file lists some platforms only"
        )
    nearest = nearest_tags(allowed, environments[0])
    exists = f"the nearest wheels are for {', '.join(nearest)}" if nearest else "it has no wheels at all"
    reason = f"{release} has no wheel for {_names(environments)}; {exists}"
    if all(file.is_wheel for file in allowed):
        return reason, "lock a version that has one, or leave these environments out"
    return reason, "lock a version that has one, or leave --no-sdist out to have it built from its source distribution"


def _names(environments: Sequence[Environment]) -> str:
    return ", ".join(environment.name for environment in environments)


def _distributions(
    plans: Sequence[Plan],
    closures: Sequence[Closure],
    facts: Mapping[Candidate, WheelFacts],
    direct: frozenset[str],
    builds: Builds,
    source: Source,
    options: Options,
) -> dict[str, tuple[LockedFile, ...]]:
    """Each file once, with the environments that it serves."""
    serves: dict[tuple[str, Candidate], list[int]] = defaultdict(list)
    for number, (plan, needed) in enumerate(zip(plans, closures)):
        for name in needed.requires:
            serves[name, plan.files[name]].append(number)
    distributions: dict[str, list[LockedFile]] = defaultdict(list)
    for (name, file), numbers in sorted(serves.items()):
        names = {plans[number].environment.name: closures[number].requires[name] for number in numbers}
        found = facts[file]
        distributions[name].append(
            LockedFile(
                version=plans[numbers[0]].pins[name].version,
                file=file.name,
                sha256=file.sha256,
                environments=tuple(sorted(names)),
                requires={environment: required for environment, required in names.items() if required},
                extras=tuple(sorted(frozenset().union(*(closures[number].extras[name] for number in numbers)))),
                direct=name in direct,
                top_level=found.top_level,
                kind="wheel" if file.is_wheel else "sdist",
                url=source.url(file) if options.urls or source.elsewhere(file) else "",
                pure=isinstance(found, SourceFacts) and found.pure,
                build={e: builds.of[file.name, e] for e in sorted(names) if (file.name, e) in builds.of},
            )
        )
    return {name: tuple(files) for name, files in distributions.items()}
