"""Comments are given to the statement or expression they belong to, by their place.

A comment at the end of a line belongs to the largest expression that ends before it, a whole-line comment inside
brackets to the largest expression that starts after it; at the top level a comment belongs to the statement below it,
or else to the one above it, where no empty line is between.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Optional, Union

from distroless_python.generate.starlark.syntax import CommentBlock, Node, Verbatim, walk
from distroless_python.generate.starlark.tokens import Comment


def place_comments(statements: list[Node], comments: list[Comment]) -> list[Node]:
    """The statements with their comments, and blocks of comments that belong to none."""
    verbatim = [(s.start[0], s.end[0]) for s in statements if isinstance(s, Verbatim)]
    free = [c for c in comments if not any(first <= c.position[0] <= last for first, last in verbatim)]
    inside = [c for c in free if c.depth or not c.whole_line]
    for statement, following in zip(statements, [*statements[1:], None]):
        mine = []
        while inside and _belongs(inside[0], statement, following):
            mine.append(inside.pop(0))
        if mine:
            _place_inside(statement, mine)
    return _top_level(statements, [c for c in free if c.whole_line and not c.depth])


def _belongs(comment: Comment, statement: Node, following: Optional[Node]) -> bool:
    if following is not None and following.start <= comment.position:
        return False
    return comment.position < statement.end or comment.position[0] == statement.end[0]


def _place_inside(statement: Node, mine: list[Comment]) -> None:
    suffixes = [c for c in mine if c.suffix]
    for node in reversed(list(_post_order(statement))):
        taken: list[str] = []
        while suffixes and node.end <= suffixes[-1].position:
            taken.append(suffixes.pop().text)
        node.suffix.extend(reversed(taken))
    lines = [c for c in mine if not c.suffix]
    for node in walk(statement):
        while lines and node.start >= lines[0].position:
            comment = lines.pop(0)
            node.before.extend([""] * comment.blank_before + [comment.text])


def _post_order(node: Node) -> Iterable[Node]:
    for child in node.children():
        yield from _post_order(child)
    yield node


def _top_level(statements: list[Node], comments: list[Comment]) -> list[Node]:
    result: list[Node] = []
    last: Union[Node, None] = None
    last_line = 0
    events: list[tuple[tuple[int, int], Union[Node, Comment]]] = [(s.start, s) for s in statements]
    events += [(c.position, c) for c in comments]
    for position, event in sorted(events, key=lambda pair: pair[0]):
        if position[0] - last_line > 1:
            last = None
        if isinstance(event, Comment):
            if last is None:
                last = CommentBlock(start=position)
                result.append(last)
            last.after.append(event.text)
            last_line = position[0]
            continue
        if last is not None:
            event.before = [*last.after, *event.before]
            last.after = []
            if isinstance(last, CommentBlock):
                result.pop()
        result.append(event)
        last, last_line = event, event.end[0]
    return result
