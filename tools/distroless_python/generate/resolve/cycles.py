"""Dependency cycles: Bazel refuses them, so they are reported with the imports that make them.

Imports for type checkers only are often written to avoid a cycle: a `pyi_deps` edge that would close one is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from distroless_python.errors import Collector
from distroless_python.generate.read.targets import Target


def report_cycles(targets: Mapping[str, Target], reconsider: Callable[[Target], None], problems: Collector) -> None:
    """Drops typing dependencies that would close a cycle, and reports the cycles that are left.

    Args:
        reconsider: finds the reasons of a target's dependencies again, where they were remembered without.
    """
    edges = {label: [dep for dep in target.deps if dep in targets] for label, target in targets.items()}
    for label in sorted(targets):
        for dep in sorted(targets[label].typing_deps):
            if dep in targets:
                if _reaches(edges, dep, label):
                    del targets[label].typing_deps[dep]
                else:
                    edges[label].append(dep)
    for component in _components(edges):
        cycle = _shortest(edges, component)
        for label in cycle:
            if not all(targets[label].deps.values()):
                reconsider(targets[label])
        _report(targets, cycle, problems)


def _reaches(edges: Mapping[str, list[str]], start: str, goal: str) -> bool:
    seen, pending = {start}, [start]
    while pending:
        label = pending.pop()
        if label == goal:
            return True
        fresh = [dep for dep in edges[label] if dep not in seen]
        seen.update(fresh)
        pending += fresh
    return False


def _components(edges: Mapping[str, list[str]]) -> Iterator[set[str]]:
    """Groups of targets that all depend on each other (Tarjan's algorithm, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in sorted(edges):
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(edges[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            label, deps = work[-1]
            for dep in deps:
                if dep not in order:
                    order[dep] = low[dep] = len(order)
                    stack.append(dep)
                    on_stack.add(dep)
                    work.append((dep, iter(edges[dep])))
                    break
                if dep in on_stack:
                    low[label] = min(low[label], order[dep])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[label])
                if low[label] == order[label]:
                    component = set(stack[stack.index(label) :])
                    del stack[stack.index(label) :]
                    on_stack -= component
                    if len(component) > 1:
                        yield component


def _shortest(edges: Mapping[str, list[str]], component: set[str]) -> list[str]:
    """The shortest cycle through the first target of a component."""
    start = min(component)
    came: dict[str, str] = {}
    pending = [start]
    while pending:
        following: list[str] = []
        for label in pending:
            for dep in sorted(edges[label]):
                if dep == start:
                    path = [label]
                    while path[-1] != start:
                        path.append(came[path[-1]])
                    return path[::-1]
                if dep in component and dep not in came:
                    came[dep] = label
                    following.append(dep)
        pending = following
    raise AssertionError("a component has a cycle")


def _report(targets: Mapping[str, Target], cycle: list[str], problems: Collector) -> None:
    steps = []
    for label, dep in zip(cycle, [*cycle[1:], cycle[0]]):
        reasons = [*targets[label].deps.get(dep, []), *targets[label].typing_deps.get(dep, [])]
        because = "".join(f"\n        {reason}" for reason in reasons[:3])
        steps.append(f"\n    {label} needs {dep}:{because}")
    # Targets of one source cannot be divided.
    packages = sorted({targets[label].package or "the root" for label in cycle if len(targets[label].sources) > 1})
    divide = f", or write # gazelle:python_generation_mode file in {', '.join(packages)}" if packages else ""
    problems.add(
        cycle[0],
        f"a dependency cycle of {len(cycle)} targets:{''.join(steps)}",
        f"move what they share to a package of its own, or import types inside of `if TYPE_CHECKING:`{divide}",
    )
