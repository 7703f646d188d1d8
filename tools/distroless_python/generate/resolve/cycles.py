"""Dependency cycles, which Bazel refuses.

Many are none at run time: an import in a function, a module that a string names (Django's settings name the urls, which
need the settings), an import for type checkers. Such an edge is left out where it would close a cycle. What a function
imports is still needed at run time: every program and test with such a target gets the other one directly.
Cycles that are left are reported with the imports that make them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from distroless_python.errors import Collector
from distroless_python.generate.read.targets import Reason, Target
from distroless_python.generate.resolve.graph import closure, common_folder, components, reaches, shortest_cycle


def open_cycles(targets: Mapping[str, Target]) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    """Takes edges out of the targets that are not needed on import and would close a cycle.

    Returns:
        The edges that are left, and those of imports at run time that were taken out.
    """
    full = {label: [d for d in (*t.deps, *t.typing_deps) if d in targets] for label, t in targets.items()}
    groups = list(components(full))
    member = {label: number for number, group in enumerate(groups) for label in group}
    edges = {
        label: [d for d in target.deps if d in targets and d not in target.lazy_deps]
        for label, target in targets.items()
    }
    dropped = []
    for kind in ("lazy_deps", "typing_deps"):
        for label in sorted(targets):
            target = targets[label]
            for dep in sorted(getattr(target, kind)):
                if dep not in targets:
                    continue
                inside = label in member and member.get(dep) == member[label]
                if not inside or not reaches(edges, dep, label, groups[member[label]]):
                    edges[label].append(dep)
                elif kind == "lazy_deps":
                    dropped.append((label, dep))
                    del target.deps[dep]
                else:
                    del target.typing_deps[dep]
    return edges, dropped


def complete_programs(
    programs: Iterable[Target],
    targets: Mapping[str, Target],
    edges: dict[str, list[str]],
    dropped: list[tuple[str, str]],
) -> None:
    """Gives programs and tests directly what their libraries need at run time and cannot depend on."""
    for target in programs if dropped else ():
        starts = [label for label in target.deps if label in targets]
        while True:
            seen = closure(edges, starts)
            missing = {
                dep: label for label, dep in dropped if label in seen and dep not in seen and dep != target.label
            }
            missing = {dep: label for dep, label in missing.items() if target.label not in closure(edges, [dep])}
            if not missing:
                break
            for dep, label in sorted(missing.items()):
                target.deps[dep] = [Reason(target.label, 0, label, "it imports this later, in a function or by name")]
                starts.append(dep)
        if target.label in edges:
            edges[target.label] = starts


def report_cycles(
    targets: Mapping[str, Target],
    edges: Mapping[str, list[str]],
    with_reasons: Callable[[Target], Target],
    problems: Collector,
) -> None:
    """Reports cycles.

    Args:
        with_reasons: finds the reasons of a target's dependencies again, where they were remembered without.
    """
    for component in components(edges):
        cycle = shortest_cycle(edges, component)
        members = {t.label: t if all(t.deps.values()) else with_reasons(t) for t in (targets[label] for label in cycle)}
        _report(members, cycle, problems)


def _report(targets: Mapping[str, Target], cycle: list[str], problems: Collector) -> None:
    steps = []
    for label, dep in zip(cycle, [*cycle[1:], cycle[0]]):
        reasons = [*targets[label].deps.get(dep, []), *targets[label].typing_deps.get(dep, [])]
        because = "".join(f"\n        {reason}" for reason in reasons[:3])
        steps.append(f"\n    {label} needs {dep}:{because}")
    packages = sorted({targets[label].package for label in cycle})
    project = common_folder(packages)
    unite = (
        f", or make one target of them: write # gazelle:python_generation_mode project in the BUILD file of "
        f"{project or 'the root'}, and delete those of {', '.join(p for p in packages if p != project)}"
    )
    problems.add(
        cycle[0],
        f"a dependency cycle of {len(cycle)} targets:{''.join(steps)}",
        "move what they share to a package of its own, or import types inside of `if TYPE_CHECKING:`"
        + unite * (len(packages) > 1),
    )
