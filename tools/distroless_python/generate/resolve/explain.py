"""Why does a target depend on another?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from distroless_python.errors import Problem, ToolError
from distroless_python.generate.nearest import nearest
from distroless_python.generate.read.targets import Reason, Target, full_label


def explain(targets: Mapping[str, Target], label: str, dep: str) -> Iterator[str]:
    """Lines that say by which imports `label` depends on `dep`: directly, or else by the shortest way.

    Raises:
        ToolError: there is no such target, or it does not depend on it.
    """
    start, goal = full_label(label, ""), full_label(dep, "")
    if start not in targets:
        near = ", ".join(nearest(start, targets))
        raise ToolError(Problem(label, "no target that is generated", f"give one that is, such as: {near}"))
    way = _way(targets, start, goal)
    if way is None:
        raise ToolError(
            Problem(label, f"does not depend on {dep}", "give another dependency, or run without --explain")
        )
    if len(way) > 2:
        yield f"{start} depends on {goal} through {', '.join(way[1:-1])}"
    for one, other in zip(way, way[1:]):
        yield f"{one} depends on {other}"
        for reason in _reasons(targets[one], other):
            yield f"    {reason}"


def _reasons(target: Target, dep: str) -> list[Reason]:
    return list(dict.fromkeys([*target.deps.get(dep, []), *target.typing_deps.get(dep, [])]))


def _way(targets: Mapping[str, Target], start: str, goal: str) -> list[str] | None:
    came: dict[str, str] = {start: ""}
    pending = [start]
    while pending:
        following: list[str] = []
        for label in pending:
            target = targets.get(label)
            for dep in sorted({*target.deps, *target.typing_deps}) if target else ():
                if dep not in came:
                    came[dep] = label
                    following.append(dep)
        if goal in came and goal != start:
            way = [goal]
            while came[way[-1]]:
                way.append(came[way[-1]])
            return way[::-1]
        pending = following
    return None
