"""The tree of a BUILD file: expressions with their comments, and statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Optional

Position = tuple[int, int]
"""Line (from 1) and column (from 0); line 0 is a node that was made, not read."""

NOWHERE: Position = (0, 0)


@dataclass
class Node:
    """An expression or statement.

    Attributes:
        start: where its first character is.
        end: where the character after its last is.
        before: whole-line comments above it; an empty string is a blank line.
        suffix: comments at the end of its last line.
        after: whole-line comments directly below a statement.
    """

    start: Position = NOWHERE
    end: Position = NOWHERE
    before: list[str] = field(default_factory=list)
    suffix: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def children(self) -> Iterator[Node]:
        """The nodes inside, in the order of the source."""
        return iter(())

    @property
    def comments(self) -> list[str]:
        return [*self.before, *self.suffix, *self.after]


@dataclass
class Token(Node):
    """An identifier or a number."""

    text: str = ""


@dataclass
class String(Node):
    """A string literal: `token` as it is written, `value` what it means."""

    token: str = ""
    value: str = ""


@dataclass
class Attribute(Node):
    """`value.name`; `broken` where the name is on a line of its own."""

    value: Node = field(default_factory=Node)
    name: str = ""
    broken: bool = False

    def children(self) -> Iterator[Node]:
        yield self.value


@dataclass
class Slice(Node):
    """What stands in the brackets of `value[lower:upper:step]`."""

    lower: Optional[Node] = None
    upper: Optional[Node] = None
    step: Optional[Node] = None
    stepped: bool = False

    def children(self) -> Iterator[Node]:
        return (part for part in (self.lower, self.upper, self.step) if part is not None)


@dataclass
class Index(Node):
    """`value[index]`."""

    value: Node = field(default_factory=Node)
    index: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        yield self.value
        yield self.index


@dataclass
class Unary(Node):
    """`-x`, `not x`, and `*args` or `**kwargs` of a call."""

    operator: str = ""
    operand: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        yield self.operand


@dataclass
class Binary(Node):
    """`left operator right`; `broken` where the line ends after the operator."""

    operator: str = ""
    left: Node = field(default_factory=Node)
    right: Node = field(default_factory=Node)
    broken: bool = False

    def children(self) -> Iterator[Node]:
        yield self.left
        yield self.right


@dataclass
class Assign(Node):
    """`target = value`: a statement, or a named argument of a call."""

    operator: str = "="
    target: Node = field(default_factory=Node)
    value: Node = field(default_factory=Node)
    broken: bool = False

    def children(self) -> Iterator[Node]:
        yield self.target
        yield self.value


@dataclass
class KeyValue(Node):
    """`key: value` of a dictionary."""

    key: Node = field(default_factory=Node)
    value: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        yield self.key
        yield self.value


@dataclass
class Conditional(Node):
    """`then if test else otherwise`."""

    then: Node = field(default_factory=Node)
    test: Node = field(default_factory=Node)
    otherwise: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        yield self.then
        yield self.test
        yield self.otherwise


@dataclass
class Tail(Node):
    """A closing bracket: comments above it are its `before`."""


@dataclass
class Sequence(Node):
    """What stands in brackets: `kind` is list, set, dict, tuple, paren, or bare (a tuple without brackets).

    Attributes:
        multiline: one element or none, yet written over several lines.
        compact: several simple elements on one line (tuples and calls).
    """

    kind: str = "list"
    items: list[Node] = field(default_factory=list)
    tail: Tail = field(default_factory=Tail)
    multiline: bool = False
    compact: bool = False

    def children(self) -> Iterator[Node]:
        yield from self.items
        if self.kind != "bare":
            yield self.tail


@dataclass
class Call(Sequence):
    """`function(items)`; a `load` statement too."""

    kind: str = "call"
    function: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        yield self.function
        yield from self.items
        yield self.tail

    @property
    def name(self) -> str:
        """The function's dotted name; empty where it is another expression."""
        return dotted(self.function)

    @property
    def is_load(self) -> bool:
        return self.name == "load"

    def argument(self, name: str) -> Optional[Assign]:
        """The named argument `name`."""
        for item in self.items:
            if isinstance(item, Assign) and isinstance(item.target, Token) and item.target.text == name:
                return item
        return None

    def string(self, name: str) -> str:
        """The value of the named argument `name` where it is a string literal, else an empty string."""
        argument = self.argument(name)
        return argument.value.value if argument and isinstance(argument.value, String) else ""


@dataclass
class Clause(Node):
    """`for target in value` or `if value` of a comprehension."""

    target: Optional[Node] = None
    value: Node = field(default_factory=Node)

    def children(self) -> Iterator[Node]:
        if self.target is not None:
            yield self.target
        yield self.value


@dataclass
class Comprehension(Node):
    """`[body clauses]` or `{body clauses}`."""

    brackets: str = "[]"
    body: Node = field(default_factory=Node)
    clauses: list[Clause] = field(default_factory=list)
    tail: Tail = field(default_factory=Tail)
    multiline: bool = False

    def children(self) -> Iterator[Node]:
        yield self.body
        yield from self.clauses
        yield self.tail


@dataclass
class Verbatim(Node):
    """A statement that is kept as it is written (`def`, `for`, `if`, and what BUILD files cannot contain)."""

    text: str = ""


@dataclass
class CommentBlock(Node):
    """Comments that belong to no statement; they are in `after`."""


@dataclass
class BuildFile:
    """A BUILD file."""

    statements: list[Node] = field(default_factory=list)

    def calls(self) -> Iterator[Call]:
        """The calls among the statements; `load` is none of them."""
        return (s for s in self.statements if isinstance(s, Call) and not s.is_load)

    def loads(self) -> Iterator[Call]:
        return (s for s in self.statements if isinstance(s, Call) and s.is_load)


def dotted(node: Node) -> str:
    """`a.b.c` of nested attributes of names; empty for anything else."""
    if isinstance(node, Token):
        return node.text
    if isinstance(node, Attribute) and dotted(node.value):
        return f"{dotted(node.value)}.{node.name}"
    return ""


def walk(node: Node) -> Iterator[Node]:
    """The node and all that is inside, outer ones first."""
    yield node
    for child in node.children():
        yield from walk(child)
