"""Small changes to the tree of a BUILD file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Optional, Union

from .buildfacts import evaluate, has_keep
from .starlark.loads import module_of, symbols_of
from .starlark.strings import sort_key, string
from .starlark.syntax import (
    Assign,
    Binary,
    BuildFile,
    Call,
    CommentBlock,
    KeyValue,
    Node,
    Sequence,
    String,
    Token,
    walk,
)

Value = Union[str, bool, list[str], dict[str, str], Node]


def to_node(value: Value) -> Node:
    """The expression of a value."""
    if isinstance(value, Node):
        return value
    if isinstance(value, bool):
        return Token(text=str(value))
    if isinstance(value, str):
        return string(value)
    if isinstance(value, dict):
        items: list[Node] = [KeyValue(key=string(k), value=string(v)) for k, v in value.items()]
        return Sequence(kind="dict", items=items, multiline=True)
    return Sequence(kind="list", items=[string(item) for item in value])


def glob(patterns: Iterable[str]) -> Call:
    """`glob([...])`."""
    return Call(function=Token(text="glob"), items=[to_node(list(patterns))])


def new_rule(kind: str, attributes: dict[str, Value]) -> Call:
    """A rule; attributes without a value are left out."""
    items: list[Node] = [
        Assign(target=Token(text=name), value=to_node(value))
        for name, value in attributes.items()
        if value or isinstance(value, Node)
    ]
    return Call(function=Token(text=kind), items=items, multiline=True)


def find_rule(file: BuildFile, name: str) -> Optional[Call]:
    """The rule of a name."""
    return next((call for call in file.calls() if call.string("name") == name), None)


def set_attribute(rule: Call, name: str, value: Value) -> None:
    """Sets an attribute, wherever it stands."""
    argument = rule.argument(name)
    if argument is None:
        rule.items.append(Assign(target=Token(text=name), value=to_node(value)))
    else:
        argument.value = to_node(value)


def remove_attribute(rule: Call, name: str) -> None:
    rule.items = [item for item in rule.items if item is not rule.argument(name)]


def update_list(
    rule: Call,
    name: str,
    wanted: Iterable[str],
    variables: dict[str, Node],
    same: Callable[[str], str],
    removable: Callable[[str], bool],
) -> None:
    """Brings a list attribute to what is wanted.

    What stands there in another form (`select`, `glob`, a variable, a call) stays and counts; so does what is marked
    `# keep`.

    Args:
        same: the form of a value in which two that mean the same are equal.
        removable: whether a value that is not wanted may go.
    """
    argument = rule.argument(name)
    missing = {same(value): value for value in wanted}
    if argument is None:
        if missing:
            set_attribute(rule, name, sorted(missing.values(), key=sort_key))
        return
    if has_keep(argument) or has_keep(argument.value):
        return
    literal = _plain_list(argument.value)
    keeping = set(missing)
    for value in evaluate(argument.value, variables).names:
        missing.pop(same(value), None)
    for call in (node for node in walk(argument.value) if isinstance(node, Call) and node.name == "requirement"):
        _drop_requirement(call, missing)
    if literal is not None:
        literal.items = [item for item in literal.items if _stays(item, keeping, same, removable)]
    added = sorted(missing.values(), key=sort_key)
    if literal is None and added:
        argument.value = Binary(operator="+", left=argument.value, right=to_node(added))
    elif literal is not None:
        for value in added:
            _insert(literal, value)
        if not literal.items and literal is argument.value and not literal.tail.before:
            remove_attribute(rule, name)


def _plain_list(node: Node) -> Optional[Sequence]:
    """The list literal of an expression, or of the first addend that is one."""
    if isinstance(node, Sequence) and node.kind == "list":
        return node
    if isinstance(node, Binary) and node.operator == "+":
        return _plain_list(node.left) or _plain_list(node.right)
    return None


def _stays(item: Node, wanted: set[str], same: Callable[[str], str], removable: Callable[[str], bool]) -> bool:
    if not isinstance(item, String) or has_keep(item):
        return True
    return same(item.value) in wanted or not removable(item.value)


def _drop_requirement(call: Call, missing: dict[str, str]) -> None:
    """`requirement("foo")` of rules_python names what a label `@hub//foo` does."""
    name = call.items[0].value.lower() if call.items and isinstance(call.items[0], String) else ""
    for key in [k for k in missing if k.startswith("@") and k.rpartition("//")[2] == name.replace("-", "_")]:
        del missing[key]


def _insert(literal: Sequence, value: str) -> None:
    """Puts a value where the order of the list has it, or at the end of a list without order."""
    keys = [sort_key(item.value) for item in literal.items if isinstance(item, String)]
    index = len(literal.items)
    if keys == sorted(keys) and len(keys) == len(literal.items):
        index = next((i for i, key in enumerate(keys) if key > sort_key(value)), index)
    literal.items.insert(index, string(value))


def add_load(file: BuildFile, label: str, symbol: str) -> None:
    """Loads a symbol, unless some statement does already."""
    for load in file.loads():
        if symbol in symbols_of(load):
            return
    for load in file.loads():
        if module_of(load) == label:
            load.items.append(string(symbol))
            return
    index = 0
    while index < len(file.statements) and _is_head(file.statements[index]):
        index += 1
    items: list[Node] = [string(label), string(symbol)]
    file.statements.insert(index, Call(function=Token(text="load"), items=items, compact=True))


def _is_head(node: Node) -> bool:
    return isinstance(node, (CommentBlock, String)) or (isinstance(node, Call) and node.is_load)


def remove_load(file: BuildFile, symbol: str) -> None:
    """No longer loads a symbol, where nothing uses it."""
    rest = [s for s in file.statements if not (isinstance(s, Call) and s.is_load)]
    if any(isinstance(node, Token) and node.text == symbol for statement in rest for node in walk(statement)):
        return
    for load in list(file.loads()):
        if symbol in symbols_of(load):
            load.items = [item for item in load.items if not (isinstance(item, String) and item.value == symbol)]
            if len(load.items) == 1 and not load.comments:
                file.statements.remove(load)


def remove_rule(file: BuildFile, name: str) -> None:
    """Removes a rule; directives above it stay."""
    rule = find_rule(file, name)
    if rule is None:
        return
    index = next(i for i, statement in enumerate(file.statements) if statement is rule)
    kept = [c for c in rule.before if c.lstrip("# ").startswith(("gazelle:", "distroless:"))]
    file.statements[index : index + 1] = [CommentBlock(after=kept + rule.after)] if kept + rule.after else []
