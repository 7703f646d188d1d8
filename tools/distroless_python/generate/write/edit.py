"""Changes to the text of a BUILD file: what they do not touch stays byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Optional

from distroless_python.generate.read.buildfacts import DIRECTIVE, evaluate, has_keep
from distroless_python.generate.starlark.block import Block, Entry, split
from distroless_python.generate.starlark.nodes import (
    argument,
    first_text,
    is_call,
    items_of,
    module_of,
    string_value,
    symbols_of,
    text_argument,
)
from distroless_python.generate.starlark.order import argument_key, load_key, sort_key
from distroless_python.generate.starlark.values import Value, call_text, plus, value_text

_BLANK_LINES = re.compile(rb"(?:[ \t]*(?:\r\n?|\n))*")
_COMMENT_LINES = re.compile(rb"(?:[ \t]*#[^\r\n]*(?:\r\n?|\n|\Z))*")
_BLANK_AT_END = re.compile(rb"(?:\A|\n|\r(?!\n))[ \t]*(?:\r\n?|\n)\Z")

_SUMMANDS = (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.List, ast.ListComp)


class Editor:
    """Edits one BUILD file.

    Attributes:
        blocks: the text, a statement each.
        variables: the names that the file gives to values.
    """

    def __init__(self, text: str) -> None:
        self.blocks = list(split(text.encode()))
        self.variables = {name: value for block in self.blocks for name, value in block.file.variables().items()}
        self._newline = b"\r\n" if "\r\n" in text else b"\n"

    @property
    def text(self) -> str:
        return b"".join(block.data for block in self.blocks).decode()

    def loads(self) -> list[Block]:
        """The `load` statements."""
        return [block for block in self.blocks if block.load]

    def find_rule(self, name: str) -> Optional[Block]:
        """The rule of a name."""
        calls = ((block, block.call) for block in self.blocks if not block.load)
        return next((block for block, call in calls if call and text_argument(call, "name") == name), None)

    def add_rule(self, kind: str, attributes: Mapping[str, Value]) -> None:
        """Adds a rule at the end; attributes without a value are left out."""
        self._insert(len(self.blocks), call_text(kind, attributes))

    def add_directives(self, comments: list[str]) -> None:
        """Adds comments at the top, below those that are there."""
        if not comments:
            return
        if not self.blocks or self.blocks[0].file.statements:
            self.blocks.insert(0, Block(b""))
        head = self.blocks[0]
        own = _COMMENT_LINES.match(head.data)
        cut = own.end() if own else 0
        rest = head.data[cut:] or (self._newline if len(self.blocks) > 1 else b"")
        new = b"".join(comment.encode() + self._newline for comment in comments)
        head.data = self._ended(head.data[:cut], blank=False) + new + rest

    def add_exports(self, files: list[str]) -> None:
        """Adds `exports_files` at the end."""
        self._insert(len(self.blocks), f"exports_files({value_text(files)})")

    def remove_rule(self, name: str) -> None:
        """Removes a rule; directives above it stay, and comments below it."""
        block = self.find_rule(name)
        if block is not None:
            self._remove(block)

    def set_attribute(self, rule: Block, name: str, value: Value) -> None:
        """Sets an attribute where it stands, or adds it where buildifier has it."""
        found = argument(rule.rule, name)
        if found is not None:
            rule.set_value(found, value_text(value, rule.indent(found)))
            return
        items = items_of(rule.rule)
        entries: list[Entry] = list(range(len(items)))
        after = (i for i, item in enumerate(items) if isinstance(item, ast.keyword) and _comes_after(item, name))
        entries.insert(next(after, len(items)), f"{name} = {value_text(value, rule.inner_indent(rule.rule))}")
        rule.set_items(rule.rule, entries)

    def remove_attribute(self, rule: Block, name: str) -> None:
        items, gone = items_of(rule.rule), argument(rule.rule, name)
        rule.set_items(rule.rule, [i for i, item in enumerate(items) if item is not gone])

    def update_list(
        self,
        rule: Block,
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
        found = argument(rule.rule, name)
        missing = {same(value): value for value in wanted}
        if found is None:
            if missing:
                self.set_attribute(rule, name, sorted(missing.values(), key=sort_key))
            return
        if has_keep(rule.file.comments_of(found)) or has_keep(rule.file.comments_of(found.value)):
            return
        keeping = set(missing)
        for value in evaluate(found.value, self.variables).names:
            missing.pop(same(value), None)
        for node in ast.walk(found.value):
            if isinstance(node, ast.Call) and is_call(node, "requirement"):
                _drop_requirement(node, missing)
        added = sorted(missing.values(), key=sort_key)
        literal = _plain_list(found.value)
        if literal is None:
            if added:
                _append(rule, found, added)
            return
        kept = [
            (index, string_value(item))
            for index, item in enumerate(literal.elts)
            if _stays(string_value(item), rule.file.comments_of(item), lambda v: same(v) in keeping or not removable(v))
        ]
        if not kept and not added and literal is found.value and not _tail_comments(rule, literal):
            self.remove_attribute(rule, name)
        elif added or len(kept) < len(literal.elts):
            rule.set_items(literal, _placed(kept, added))

    def add_load(self, label: str, symbol: str) -> None:
        """Loads a symbol, unless some statement does already."""
        for block in self.loads():
            if block.load and symbol in symbols_of(block.load):
                return
        for block in self.loads():
            if block.load and module_of(block.load) == label:
                names = [string_value(item) for item in items_of(block.load)]
                entries: list[Entry] = list(range(len(names)))
                after = (i for i, other in enumerate(names) if i and (other is None or other > symbol))
                entries.insert(next(after, len(names)), value_text(symbol))
                block.set_items(block.load, entries)
                return
        self._add_load(label, f"load({value_text(label)}, {value_text(symbol)})")

    def _add_load(self, label: str, statement: str) -> None:
        """Puts a `load` statement among those at the top, in buildifier's order."""
        head = next((i for i, block in enumerate(self.blocks) if not _is_head(block)), len(self.blocks))
        loads = [(i, block.load) for i, block in enumerate(self.blocks[:head]) if block.load]
        above = [i for i, load in loads if load_key(module_of(load)) <= load_key(label)]
        if above:
            upper = self.blocks[above[-1]]
            comments, own, rest = upper.parts()
            below = _COMMENT_LINES.match(rest)
            cut = below.end() if below else 0
            upper.data = comments + own
            upper.data = self._ended(upper.data + rest[:cut], blank=bool(cut))
            self.blocks.insert(above[-1] + 1, Block(statement.encode() + self._newline + rest[cut:]))
            return
        index = loads[0][0] if loads else head
        self._insert(index, statement)
        lower = self.blocks[index + 1] if index + 1 < len(self.blocks) else None
        if lower and not (lower.load and not lower.parts()[0]):
            self.blocks[index].data += self._newline

    def remove_load(self, symbol: str) -> None:
        """No longer loads a symbol, where nothing uses it."""
        loads = self.loads()
        rest = [
            node for block in self.blocks if block not in loads for s in block.file.statements for node in ast.walk(s)
        ]
        if any(isinstance(node, ast.Name) and node.id == symbol for node in rest):
            return
        for block in loads:
            load = block.rule
            items = items_of(load)
            kept = [i for i, item in enumerate(items) if not i or string_value(item) != symbol]
            if len(kept) == len(items) or has_keep(block.file.comments_of_rule(load)):
                continue
            if len(kept) == 1:
                self._remove(block)
            else:
                block.set_items(load, kept)

    def _insert(self, index: int, statement: str) -> None:
        """Puts a statement before a block, with an empty line between it and what is above."""
        if index:
            self.blocks[index - 1].data = self._ended(self.blocks[index - 1].data, blank=True)
        self.blocks.insert(index, Block(statement.encode().replace(b"\n", self._newline) + self._newline))

    def _ended(self, data: bytes, blank: bool) -> bytes:
        """A text with the end of its last line, and an empty line where `blank` asks for one."""
        if not data.strip():
            return b""
        data += b"" if data.endswith((b"\r", b"\n")) else self._newline
        return data + (self._newline if blank and not _BLANK_AT_END.search(data) else b"")

    def _remove(self, block: Block) -> None:
        """Removes a statement; what is kept of its text goes to the block above."""
        above, _, rest = block.parts()
        index = self.blocks.index(block)
        upper = self.blocks[index - 1].data if index else b""
        kept = b"".join(line for line in above.splitlines(True) if DIRECTIVE.match(line.decode().strip()))
        if not kept and (not upper or _BLANK_AT_END.search(upper)):
            rest = _BLANK_LINES.sub(b"", rest, count=1)
        if not kept + rest and index == len(self.blocks) - 1:
            upper = upper.rstrip() + self._newline if upper.strip() else b""
        self.blocks[max(index - 1, 0) : index + 1] = [Block(upper + kept + rest)]


def _is_head(block: Block) -> bool:
    return not block.file.statements or string_value(block.value) is not None or block.load is not None


def _comes_after(item: ast.keyword, name: str) -> bool:
    return item.arg is None or argument_key(item.arg) > argument_key(name)


def _plain_list(node: ast.expr) -> Optional[ast.List]:
    """The list literal of an expression, or of the first addend that is one."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _plain_list(node.left) or _plain_list(node.right)
    return node if isinstance(node, ast.List) else None


def _append(rule: Block, found: ast.keyword, added: list[str]) -> None:
    """Adds values to an expression that is not a list literal."""
    start, end = rule.file.start(found.value), rule.file.end(found.value)
    text = rule.file.data[start:end].decode()
    is_sum = isinstance(found.value, ast.BinOp) and isinstance(found.value.op, ast.Add)
    if not is_sum and not isinstance(found.value, _SUMMANDS):
        text = f"({text})"
    rule.replace(start, end, text + plus(added, rule.indent(found)))


def _stays(value: Optional[str], comments: list[str], wanted: Callable[[str], bool]) -> bool:
    return value is None or has_keep(comments) or wanted(value)


def _tail_comments(rule: Block, literal: ast.List) -> bool:
    """Whether comments stand between the last element and the closing bracket."""
    start = rule.file.end(literal.elts[-1]) if literal.elts else rule.file.start(literal)
    end = rule.file.end(literal)
    return any(start < comment.start < end and comment.whole_line for comment in rule.file.comments.values())


def _drop_requirement(call: ast.Call, missing: dict[str, str]) -> None:
    """`requirement("foo")` of rules_python names what a label `@hub//foo` does."""
    name = first_text(call).lower().replace("-", "_")
    for key in [k for k in missing if k.startswith("@") and k.rpartition("//")[2] == name]:
        del missing[key]


def _placed(kept: list[tuple[int, Optional[str]]], added: list[str]) -> list[Entry]:
    """The elements with new ones where the order of the list has them, or at the end of a list without order."""
    entries: list[tuple[Entry, Optional[str]]] = list(kept)
    for new in added:
        values = [value for _, value in entries]
        start = max((i + 1 for i, value in enumerate(values) if value is None), default=0)
        keys = [sort_key(value) for value in values[start:] if value is not None]
        index = len(entries)
        if keys == sorted(keys):
            index = start + sum(key <= sort_key(new) for key in keys)
        entries.insert(index, (value_text(new), new))
    return [entry for entry, _ in entries]
