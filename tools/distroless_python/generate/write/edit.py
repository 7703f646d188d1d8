"""Changes to the tree of a BUILD file, which remember whether they changed anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Optional, Union

from distroless_python.generate.read.buildfacts import evaluate, has_keep
from distroless_python.generate.starlark.loads import module_of, symbols_of
from distroless_python.generate.starlark.strings import sort_key, string
from distroless_python.generate.starlark.syntax import (
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

Value = Union[str, bool, int, list[str], dict[str, str], Node]


def to_node(value: Value) -> Node:
    """The expression of a value."""
    if isinstance(value, Node):
        return value
    if isinstance(value, int):
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


class Editor:
    """Edits one BUILD file.

    Attributes:
        changed: whether anything was changed.
        variables: the names that the file gives to values.
    """

    def __init__(self, file: BuildFile) -> None:
        self.file = file
        self.changed = False
        self.variables = {
            statement.target.text: statement.value
            for statement in file.statements
            if isinstance(statement, Assign) and isinstance(statement.target, Token)
        }

    def find_rule(self, name: str) -> Optional[Call]:
        """The rule of a name."""
        return next((call for call in self.file.calls() if call.string("name") == name), None)

    def add_rule(self, kind: str, attributes: dict[str, Value]) -> Call:
        """Adds a rule at the end; attributes without a value are left out."""
        items: list[Node] = [
            Assign(target=Token(text=name), value=to_node(value))
            for name, value in attributes.items()
            if value or isinstance(value, Node)
        ]
        rule = Call(function=Token(text=kind), items=items, multiline=True)
        self.file.statements.append(rule)
        self.changed = True
        return rule

    def add_directives(self, comments: list[str]) -> None:
        """Adds comments at the top, below those that are there."""
        if not comments:
            return
        first = self.file.statements[0] if self.file.statements else None
        if isinstance(first, CommentBlock):
            first.after += comments
        else:
            self.file.statements.insert(0, CommentBlock(after=comments))
        self.changed = True

    def add_exports(self, files: list[str]) -> None:
        """Adds `exports_files` at the end."""
        self.file.statements.append(Call(function=Token(text="exports_files"), items=[to_node(files)]))
        self.changed = True

    def remove_rule(self, name: str) -> None:
        """Removes a rule; directives above it stay."""
        rule = self.find_rule(name)
        if rule is None:
            return
        index = next(i for i, statement in enumerate(self.file.statements) if statement is rule)
        kept = [c for c in rule.before if c.lstrip("# ").startswith(("gazelle:", "distroless:"))] + rule.after
        self.file.statements[index : index + 1] = [CommentBlock(after=kept)] if kept else []
        self.changed = True

    def set_attribute(self, rule: Call, name: str, value: Value) -> None:
        """Sets an attribute, wherever it stands."""
        argument = rule.argument(name)
        if argument is None:
            rule.items.append(Assign(target=Token(text=name), value=to_node(value)))
        else:
            argument.value = to_node(value)
        self.changed = True

    def remove_attribute(self, rule: Call, name: str) -> None:
        argument = rule.argument(name)
        rule.items = [item for item in rule.items if item is not argument]
        self.changed = True

    def update_list(
        self,
        rule: Call,
        name: str,
        wanted: Iterable[str],
        same: Callable[[str], str],
        removable: Callable[[str], bool],
    ) -> None:
        """Brings a list attribute to what is wanted.

        What stands there in another form (`select`, `glob`, a variable, a call) stays and counts; so does what is
        marked `# keep`.

        Args:
            same: the form of a value in which two that mean the same are equal.
            removable: whether a value that is not wanted may go.
        """
        argument = rule.argument(name)
        missing = {same(value): value for value in wanted}
        if argument is None:
            if missing:
                self.set_attribute(rule, name, sorted(missing.values(), key=sort_key))
            return
        if has_keep(argument) or has_keep(argument.value):
            return
        keeping = set(missing)
        for value in evaluate(argument.value, self.variables).names:
            missing.pop(same(value), None)
        for call in (node for node in walk(argument.value) if isinstance(node, Call) and node.name == "requirement"):
            _drop_requirement(call, missing)
        self._update(rule, argument, sorted(missing.values(), key=sort_key), keeping, same, removable)

    def _update(
        self,
        rule: Call,
        argument: Assign,
        added: list[str],
        keeping: set[str],
        same: Callable[[str], str],
        removable: Callable[[str], bool],
    ) -> None:
        literal = _plain_list(argument.value)
        if literal is None:
            if added:
                argument.value = Binary(operator="+", left=argument.value, right=to_node(added))
                self.changed = True
            return
        kept = [item for item in literal.items if _stays(item, keeping, same, removable)]
        if added or len(kept) < len(literal.items):
            self.changed = True
            literal.items = kept
            for value in added:
                _insert(literal, value)
        if not literal.items and literal is argument.value and not literal.tail.before:
            self.remove_attribute(rule, argument.target.text if isinstance(argument.target, Token) else "")

    def add_load(self, label: str, symbol: str) -> None:
        """Loads a symbol, unless some statement does already."""
        loads = list(self.file.loads())
        if any(symbol in symbols_of(load) for load in loads):
            return
        self.changed = True
        for load in loads:
            if module_of(load) == label:
                load.items.append(string(symbol))
                return
        index = 0
        while index < len(self.file.statements) and _is_head(self.file.statements[index]):
            index += 1
        items: list[Node] = [string(label), string(symbol)]
        self.file.statements.insert(index, Call(function=Token(text="load"), items=items, compact=True))

    def remove_load(self, symbol: str) -> None:
        """No longer loads a symbol, where nothing uses it."""
        rest = [s for s in self.file.statements if not (isinstance(s, Call) and s.is_load)]
        if any(isinstance(node, Token) and node.text == symbol for statement in rest for node in walk(statement)):
            return
        for load in list(self.file.loads()):
            if symbol in symbols_of(load):
                self.changed = True
                load.items = [item for item in load.items if not (isinstance(item, String) and item.value == symbol)]
                if len(load.items) == 1 and not load.comments:
                    self.file.statements.remove(load)


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


def _is_head(node: Node) -> bool:
    return isinstance(node, (CommentBlock, String)) or (isinstance(node, Call) and node.is_load)
