"""`load` statements: at the top, one a file, sorted."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Optional

from distroless_python.generate.starlark.syntax import (
    Assign,
    BuildFile,
    Call,
    CommentBlock,
    Node,
    String,
    Token,
    walk,
)


def arrange_loads(file: BuildFile) -> None:
    """Moves, merges and sorts the `load` statements, unless a comment forbids it."""
    if not any(True for _ in file.loads()):
        return
    if not _forbidden(file, "disable=load-on-top"):
        _to_the_top(file)
    _merge(file)
    if not _forbidden(file, "disable=out-of-order-load"):
        _sort(file)
    for load in file.loads():
        _sort_symbols(load)


def module_of(load: Call) -> str:
    """The label of the file that is loaded."""
    first = load.items[0] if load.items else None
    return first.value if isinstance(first, String) else ""


def symbols_of(load: Call) -> dict[str, str]:
    """The name here to the name in the loaded file."""
    result = {}
    for item in load.items[1:]:
        if isinstance(item, String):
            result[item.value] = item.value
        elif isinstance(item, Assign) and isinstance(item.target, Token) and isinstance(item.value, String):
            result[item.target.text] = item.value.value
    return result


def _forbidden(file: BuildFile, text: str) -> bool:
    return any(text in c.lower() for statement in file.statements for node in walk(statement) for c in node.comments)


def _to_the_top(file: BuildFile) -> None:
    """Loads that come after another statement move before the first such statement."""
    first = next((i for i, s in enumerate(file.statements) if not _stays_above(s)), None)
    if first is None:
        return
    rest = file.statements[first:]
    loads = [s for s in rest if isinstance(s, Call) and s.is_load]
    others = [s for s in rest if not (isinstance(s, Call) and s.is_load)]
    file.statements[first:] = [*loads, *others]


def _stays_above(node: Node) -> bool:
    if isinstance(node, Call):
        return node.is_load or node.name == "workspace"
    return isinstance(node, (CommentBlock, String))


def _merge(file: BuildFile) -> None:
    first: dict[str, Call] = {}
    kept: list[Node] = []
    for statement in file.statements:
        if isinstance(statement, Call) and statement.is_load:
            earlier = first.setdefault(module_of(statement), statement)
            marked = any("disable=same-origin-load" in c.lower() for s in (earlier, statement) for c in s.comments)
            if earlier is not statement and not marked:
                earlier.items += statement.items[1:]
                continue
        kept.append(statement)
    file.statements = kept


def _sort(file: BuildFile) -> None:
    """Sorts each run of loads."""
    start: Optional[int] = None
    for index, statement in enumerate([*file.statements, None]):
        if isinstance(statement, Call) and statement.is_load:
            start = index if start is None else start
        elif start is not None:
            run = [s for s in file.statements[start:index] if isinstance(s, Call)]
            run.sort(key=cmp_to_key(_compare_loads))
            file.statements[start:index] = run
            start = None


def _compare_loads(one: Call, other: Call) -> int:
    return _compare(module_of(one), module_of(other))


def _compare(one: str, other: str) -> int:
    """Other repositories first, then by package, a relative label last."""
    if one.startswith("@") != other.startswith("@"):
        return -1 if one.startswith("@") else 1
    left, right = _label(one), _label(other)
    if left[0] != right[0]:
        return -1 if left[0] < right[0] else 1
    if left[1] != right[1]:
        if not left[1] or not right[1]:
            return 1 if left[1] else -1
        return _compare_paths(left[1], right[1])
    return _compare_paths(left[2], right[2])


def _label(label: str) -> tuple[str, str, str]:
    """Repository, package, target; a relative label is in a package behind all others."""
    repository, separator, rest = label.rpartition("//")
    if not separator:
        if label.startswith("@"):
            return label[1:], "", label[1:]
        return "", "\x7f", label.lstrip(":")
    package, _, target = rest.partition(":")
    return repository.lstrip("@"), package, target or package.rsplit("/", 1)[-1]


def _compare_paths(one: str, other: str) -> int:
    left, right = [p.lower() for p in one.split("/")], [p.lower() for p in other.split("/")]
    if left != right:
        return -1 if left < right else 1
    return (one > other) - (one < other)


def _sort_symbols(load: Call) -> None:
    """Plain names first, then `new = "old"`; of neighbours with one name the later counts."""
    items = sorted(load.items[1:], key=lambda item: (not isinstance(item, String), _sort_name(item)))
    kept: list[Node] = []
    for item in items:
        if kept and _sort_name(kept[-1]) == _sort_name(item):
            kept.pop()
        kept.append(item)
    load.items[1:] = kept


def _target(item: Node) -> str:
    return item.target.text if isinstance(item, Assign) and isinstance(item.target, Token) else ""


def _sort_name(item: Node) -> str:
    return item.value if isinstance(item, String) else _target(item)
