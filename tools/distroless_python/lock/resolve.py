"""Decides which distributions an environment needs, and what each requires there. Pure: reads nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from distroless_python.lock.choose import Candidate
from distroless_python.lock.environments import Environment
from distroless_python.lock.inputs.pins import Pin
from distroless_python.lock.wheel import WheelFacts


@dataclass(frozen=True)
class Plan:
    """The pins that are for an environment, each with its file, before it is known which are needed.

    Attributes:
        environment: the environment.
        pins: by name.
        files: the file for each name; names without a file are left out.
    """

    environment: Environment
    pins: Mapping[str, Pin]
    files: Mapping[str, Candidate]


@dataclass(frozen=True)
class Closure:
    """What an environment needs, from the direct requirements on.

    Attributes:
        requires: for each distribution needed, the names it requires, sorted; names that no pin has included.
        extras: for each of them, the extras that are asked for.
    """

    requires: Mapping[str, tuple[str, ...]]
    extras: Mapping[str, frozenset[str]]


def direct_names(pins: Iterable[Pin], graphs: Iterable[Mapping[str, tuple[str, ...]]]) -> frozenset[str]:
    """The requirements that were named directly.

    A pin's `# via` comments say so. Where it has none, it is direct if whatever requires it is required by it too:
    nothing does, or it stands in a cycle that nothing else leads to.

    Args:
        pins: every pin.
        graphs: what each distribution requires, an environment each.
    """
    pins = list(pins)
    names = {pin.name for pin in pins}
    edges: dict[str, set[str]] = {pin.name: set() for pin in pins}
    for graph in graphs:
        for name, required in graph.items():
            edges[name].update(required)
    unexplained = {pin.name for pin in pins if not pin.via}
    reaches = {name: _reachable([name], edges) for name in edges} if unexplained else {}
    return frozenset(
        pin.name
        for pin in pins
        if (
            _named_directly(pin, names)
            if pin.via
            else all(o in reaches[pin.name] for o in edges if pin.name in reaches[o])
        )
    )


def _named_directly(pin: Pin, names: Collection[str]) -> bool:
    """Whether a source asked for it, or what is in no lock: uv's exports say `# via mysite` of the project itself."""
    others = [source for source in pin.via if not source.startswith("-c ")]
    return pin.named_directly or any(canonicalize_name(other.partition("[")[0]) not in names for other in others)


def requirement_graph(plan: Plan, facts: Mapping[Candidate, WheelFacts]) -> Closure:
    """What every pin of a plan requires, needed or not."""
    return _walk(plan, facts, plan.pins)


def closure(plan: Plan, facts: Mapping[Candidate, WheelFacts], direct: Iterable[str]) -> Closure:
    """What is needed of a plan when the distributions `direct` are."""
    return _walk(plan, facts, [name for name in direct if name in plan.pins])


def _walk(plan: Plan, facts: Mapping[Candidate, WheelFacts], roots: Iterable[str]) -> Closure:
    extras: dict[str, set[str]] = {}
    requires: dict[str, tuple[str, ...]] = {}
    queue = list(roots)
    for name in queue:
        extras[name] = _asked_extras(plan, facts, name)
    while queue:
        name = queue.pop()
        found = _requirements(plan, facts, name, extras[name])
        requires[name] = tuple(sorted({canonicalize_name(r.name) for r in found} - {name}))
        for requirement in found:
            target = canonicalize_name(requirement.name)
            if target not in plan.pins:
                continue
            wanted = {canonicalize_name(extra) for extra in requirement.extras}
            if target not in extras:
                extras[target] = _asked_extras(plan, facts, target) | wanted
                queue.append(target)
            elif not wanted <= extras[target]:
                extras[target] |= wanted
                queue.append(target)
    return Closure(requires, {name: frozenset(value) for name, value in extras.items()})


def _requirements(
    plan: Plan, facts: Mapping[Candidate, WheelFacts], name: str, extras: Iterable[str]
) -> tuple[Requirement, ...]:
    """A distribution's requirements in an environment."""
    file = plan.files.get(name)
    stated = facts[file].requires if file else ()
    markers = plan.environment.markers
    found = [
        requirement
        for requirement in stated
        if requirement.marker is None
        or any(requirement.marker.evaluate({**markers, "extra": extra}) for extra in ("", *sorted(extras)))
    ]
    if file is None or not file.is_wheel:
        # What a source distribution requires is certain once it is built; what the lock has because of it is known.
        known = {canonicalize_name(requirement.name) for requirement in stated}
        found += [Requirement(other) for other in sorted(_dependents(plan, name) - known)]
    return tuple(found)


def _asked_extras(plan: Plan, facts: Mapping[Candidate, WheelFacts], name: str) -> set[str]:
    """The extras that a pin's line names, or that `# via` comments give away where pip-tools stripped them."""
    asked = set(plan.pins[name].extras)
    file = plan.files.get(name)
    if file is None or not file.is_wheel:
        return asked

    def required(extras: Iterable[str]) -> set[str]:
        return {str(canonicalize_name(r.name)) for r in _requirements(plan, facts, name, extras)} - {name}

    dependents = _dependents(plan, name)
    plain = required(())
    unexplained = dependents - required(asked)
    for extra in facts[file].extras if unexplained else ():
        more = required((extra,)) - plain
        if more & unexplained and more <= dependents:
            asked.add(extra)
    return asked


def _dependents(plan: Plan, name: str) -> set[str]:
    """The pins that are in the lock because of `name`, by their `# via` comments."""
    return {pin.name for pin in plan.pins.values() if any(canonicalize_name(source) == name for source in pin.via)}


def _reachable(roots: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(roots)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue.extend(edges.get(name, ()))
    return seen
