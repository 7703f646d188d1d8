"""What can be said of a graph of targets: `edges` has, for each label, the labels that it depends on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

Edges = Mapping[str, Collection[str]]


def reaches(edges: Edges, start: str, goal: str, within: Collection[str]) -> bool:
    """Whether a way leads from one label to another, over labels of a set only."""
    seen, pending = {start}, [start]
    while pending:
        label = pending.pop()
        if label == goal:
            return True
        fresh = [dep for dep in edges[label] if dep not in seen and dep in within]
        seen.update(fresh)
        pending += fresh
    return False


def closure(edges: Edges, starts: Iterable[str]) -> set[str]:
    """Some labels and all that they depend on."""
    pending = [label for label in starts if label in edges]
    seen = set(pending)
    while pending:
        fresh = [dep for dep in edges[pending.pop()] if dep not in seen]
        seen.update(fresh)
        pending += fresh
    return seen


def tied(edges: Edges, labels: Collection[str]) -> set[str]:
    """Some labels, all that they depend on, and all that depend on them."""
    needed_by: dict[str, list[str]] = {label: [] for label in edges}
    for label, deps in edges.items():
        for dep in deps:
            needed_by[dep].append(label)
    return closure(edges, labels) | closure(needed_by, labels)


def components(edges: Edges) -> Iterator[set[str]]:
    """Groups of two and more targets that all depend on each other (Tarjan's algorithm, without recursion)."""
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


def shortest_cycle(edges: Edges, component: set[str]) -> list[str]:
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


def common_folder(paths: Iterable[str]) -> str:
    """The nearest folder that has all of some paths in it, or is one of them."""
    parts = [path.split("/") if path else [] for path in paths]
    common = []
    for names in zip(*parts):
        if len(set(names)) > 1:
            break
        common.append(names[0])
    return "/".join(common)
