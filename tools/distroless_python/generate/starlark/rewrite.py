"""The changes that buildifier makes to a BUILD file before it prints it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Optional

from distroless_python.generate.starlark.loads import arrange_loads
from distroless_python.generate.starlark.multiline_plus import fix_multiline_plus
from distroless_python.generate.starlark.strings import sort_key
from distroless_python.generate.starlark.syntax import (
    Assign,
    Binary,
    BuildFile,
    Call,
    KeyValue,
    Node,
    Sequence,
    String,
    Token,
    Unary,
    walk,
)
from distroless_python.generate.starlark.tables import LABELS, LABELS_EXCEPT, PRIORITY, SORTED, SORTED_EXCEPT

_LABEL = re.compile(r"(((?:@(\w+))?//)(?:.+/)?([^:]*))(?::([^:]+))?", re.DOTALL)


def rewrite(file: BuildFile) -> None:
    """Brings the file into the form that buildifier gives it."""
    file.statements = [_without_parens(statement) for statement in file.statements]
    for statement in file.statements:
        for call in _open_calls(statement):
            _sort_arguments(call)
            _shorten_labels(call)
        _sort_lists(statement)
        fix_multiline_plus(statement)
    arrange_loads(file)
    for statement in file.statements:
        for node in walk(statement):
            if isinstance(node, Call):
                node.items.sort(key=_argument_kind)
                node.multiline = node.multiline and bool(node.items)
            elif isinstance(node, Token):
                node.text = _number(node.text)


def left_alone(node: Node) -> bool:
    """Whether a comment says `buildifier: leave-alone`."""
    return _says(node, "buildifier: leave-alone")


def _says(node: Node, text: str) -> bool:
    return any(text in comment.lower() for comment in node.comments)


def _open_calls(node: Node) -> Iterator[Call]:
    """The calls inside that may be changed."""
    if left_alone(node):
        return
    if isinstance(node, Call):
        yield node
    for child in node.children():
        yield from _open_calls(child)


def _without_parens(node: Node) -> Node:
    """Round brackets that group nothing go, where they are on one line and have no comment."""
    for name, value in list(vars(node).items()):
        if isinstance(value, Node):
            setattr(node, name, _without_parens(value))
        elif isinstance(value, list) and value and isinstance(value[0], Node):
            setattr(node, name, [_without_parens(item) for item in value])
    if not isinstance(node, Sequence) or node.kind != "paren" or node.multiline or node.comments:
        return node
    inner = node.items[0]
    call = isinstance(inner, Call) and inner.function.start[0] == inner.function.end[0]
    plain = isinstance(inner, (Token, String)) or (
        isinstance(inner, Sequence) and inner.kind not in ("call", "tuple", "bare")
    )
    return inner if call or plain or type(inner).__name__ == "Comprehension" else node


def _argument_name(node: Node) -> str:
    return node.target.text if isinstance(node, Assign) and isinstance(node.target, Token) else ""


def _sort_arguments(call: Call) -> None:
    start = len(call.items)
    while start and _argument_name(call.items[start - 1]):
        start -= 1
    named = call.items[start:]
    named.sort(key=lambda item: (PRIORITY.get(_argument_name(item), 0), _argument_name(item)))
    call.items[start:] = named


def _argument_kind(node: Node) -> int:
    """Positional, named, `*args`, `**kwargs`."""
    if isinstance(node, Unary) and node.operator in ("*", "**"):
        return 2 + len(node.operator)
    return 2 if isinstance(node, Assign) else 1


def _shorten_labels(call: Call) -> None:
    for argument in call.items:
        name = _argument_name(argument)
        if name not in LABELS or f"{call.name}.{name}" in LABELS_EXCEPT or left_alone(argument):
            continue
        assert isinstance(argument, Assign)
        if not left_alone(argument.value):
            argument.value = _each_list(argument.value, _shorten_in)


def _shorten_in(node: Node) -> Node:
    if isinstance(node, Sequence) and node.kind in ("list", "set"):
        node.items = [item if left_alone(item) else _shorten(_joined(item)) for item in node.items]
        return node
    return _shorten(_joined(node))


def _joined(node: Node) -> Node:
    """`"//x" + ":y"` is one label."""
    if not isinstance(node, Binary) or node.operator != "+":
        return node
    left, right = node.left, node.right
    if not isinstance(left, String) or not isinstance(right, String):
        return node
    if not left.value.startswith("//") or " " in left.value or " " in right.value:
        return node
    left.before = [*node.before, *left.before, *right.before]
    left.suffix = [*node.suffix, *left.suffix, *right.suffix]
    left.value += right.value
    return left


def _shorten(node: Node) -> Node:
    if isinstance(node, String):
        node.value = shorten_label(node.value)
    return node


def shorten_label(label: str) -> str:
    """`//x/y:y` is `//x/y`, `@x//:x` is `@x`."""
    match = _LABEL.fullmatch(label)
    if not match:
        return label
    package, _, repository, directory, target = match.groups()
    if directory and directory == target:
        return package
    if repository and not directory and repository == target:
        return f"@{repository}"
    return label


def _each_list(node: Node, change: Callable[[Node], Node]) -> Node:
    """Applies `change` to the node, to both sides of a `+`, and to the values of a `select`."""
    node = change(node)
    if isinstance(node, Binary) and node.operator == "+":
        node.left = _each_list(node.left, change)
        node.right = _each_list(node.right, change)
    elif isinstance(node, Call) and isinstance(node.function, Token) and node.name == "select" and node.items:
        choices = node.items[0]
        if isinstance(choices, Sequence) and choices.kind == "dict":
            for pair in choices.items:
                if isinstance(pair, KeyValue):
                    pair.value = _each_list(pair.value, change)
    return node


def _sort_lists(node: Node, alone: bool = False) -> None:
    alone = alone or left_alone(node)
    if isinstance(node, Call) and not alone:
        for argument in node.items:
            name = _argument_name(argument)
            if name in SORTED and f"{node.name}.{name}" not in SORTED_EXCEPT and not left_alone(argument):
                assert isinstance(argument, Assign)
                if _says(argument, "do not sort"):
                    _deduplicate(argument.value)
                else:
                    argument.value = _each_list(argument.value, _sort_list)
    elif isinstance(node, (Assign, KeyValue)) and _says(node, "keep sorted"):
        node.value = _each_list(node.value, _sort_list)
    elif isinstance(node, Sequence) and node.kind == "list" and _keep_sorted(node):
        _sort_list(node)
    for child in node.children():
        _sort_lists(child, alone)


def _keep_sorted(node: Sequence) -> bool:
    return _says(node, "keep sorted") or any(_says(item, "keep sorted") for item in node.items[:1])


def _sort_list(node: Node) -> Node:
    if not isinstance(node, Sequence) or node.kind != "list" or len(node.items) < 2:
        return node
    forced = _keep_sorted(node)
    commented = node.before or node.after or node.tail.before or any(item.before for item in node.items)
    if _says(node.items[0], "do not sort") or (commented and not forced):
        _deduplicate(node)
    else:
        node.items = list(_sorted_runs(node.items))
    return node


def _sorted_runs(items: list[Node]) -> Iterator[Node]:
    """Strings are sorted between what is not a string or has a comment above it."""
    run: list[String] = []
    for item in items:
        if run and (not isinstance(item, String) or item.before):
            yield from _sorted_run(run)
            run = []
        if isinstance(item, String):
            run.append(item)
        else:
            yield item
    yield from _sorted_run(run)


def _sorted_run(run: list[String]) -> Iterator[String]:
    if not run:
        return
    head, run[0].before = run[0].before, []
    seen: Optional[str] = None
    for item in sorted(run, key=lambda item: sort_key(item.value)):
        if item.value != seen:
            item.before = head
            head = []
            yield item
        seen = item.value


def _deduplicate(node: Node) -> None:
    if not isinstance(node, Sequence) or node.kind != "list":
        return
    seen: set[str] = set()
    comments: list[str] = []
    kept: list[Node] = []
    for item in node.items:
        if isinstance(item, String):
            if item.value in seen:
                comments += item.before
                continue
            seen.add(item.value)
            item.before, comments = [*comments, *item.before], []
        kept.append(item)
    node.items = kept


def _number(text: str) -> str:
    """`.5` is `0.5`, `1.0E+05` is `1.0e5`."""
    if "." not in text or not text.replace(".", "")[:1].isdigit():
        return text
    mantissa, mark, exponent = text.replace("E", "e").partition("e")
    mantissa = f"0{mantissa}" if mantissa.startswith(".") else mantissa
    return mantissa + mark + exponent.lstrip("0+")
