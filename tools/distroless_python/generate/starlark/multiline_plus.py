"""`a +⏎ [b]` becomes `a + [⏎ b⏎ ]`, as buildifier has it."""

from __future__ import annotations

from distroless_python.generate.starlark.syntax import Binary, Call, Node, Sequence


def fix_multiline_plus(node: Node) -> None:
    """Rewrites every sum inside that has a list in it."""
    if isinstance(node, Binary) and node.operator == "+":
        addends, sums = [node.right], [node]
        left = node.left
        while isinstance(left, Binary) and left.operator == "+":
            addends.append(left.right)
            sums.append(left)
            left = left.left
        addends.append(left)
        addends.reverse()
        sums.reverse()
        if any(_is_list(addend) for addend in addends):
            _fix(addends, sums)
        for addend in addends:
            fix_multiline_plus(addend)
        return
    for child in node.children():
        fix_multiline_plus(child)


def _fix(addends: list[Node], sums: list[Binary]) -> None:
    for number, plus in enumerate(sums):
        if plus.broken and (_force(addends[number + 1]) or _is_multiline(addends[number])):
            plus.broken = False


def _is_list(node: Node) -> bool:
    """A list, or a call with one as its only argument, such as `glob([...])`."""
    if isinstance(node, Call):
        return len(node.items) == 1 and _is_list(node.items[0])
    return isinstance(node, Sequence) and node.kind == "list"


def _is_multiline(node: Node) -> bool:
    if isinstance(node, Call):
        if node.multiline or (len(node.items) > 1 and not node.compact):
            return True
        return len(node.items) == 1 and _is_multiline(node.items[0])
    return isinstance(node, Sequence) and node.kind == "list" and (node.multiline or len(node.items) > 1)


def _force(node: Node) -> bool:
    """Makes a list multi-line; false where there is none."""
    if isinstance(node, Call):
        return len(node.items) == 1 and _force(node.items[0])
    if not isinstance(node, Sequence) or node.kind != "list":
        return False
    if not node.multiline and not (len(node.items) == 1 and _force(node.items[0])):
        node.multiline = True
    return True
