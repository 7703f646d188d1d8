"""The tokens of a source: brackets that match, and comments with their place."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass, field

from distroless_python.generate.starlark.syntax import Position

_KEYWORDS = frozenset(("and", "or", "not", "in", "if", "else", "for", "lambda", "return", "is"))
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.ENCODING}


@dataclass(frozen=True)
class Comment:
    """A comment.

    Attributes:
        position: where it starts.
        text: from the `#` on.
        depth: how many brackets are open around it.
        whole_line: nothing but spaces is before it.
        suffix: it belongs to what is before it on its line; a comment after an opening bracket does not.
        blank_before: an empty line is between it and what is before it.
    """

    position: Position
    text: str
    depth: int
    whole_line: bool
    suffix: bool
    blank_before: bool


@dataclass
class Tokens:
    """Tokens of a source, comments apart.

    Attributes:
        starts: start of a token to its index; `ends`: end of a token to its index.
        match: index of a bracket to the index of its partner.
        grouping: indices of the round brackets that are not a call's.
    """

    texts: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    starts: dict[Position, int] = field(default_factory=dict)
    ends: dict[Position, int] = field(default_factory=dict)
    match: dict[int, int] = field(default_factory=dict)
    grouping: set[int] = field(default_factory=set)
    comments: list[Comment] = field(default_factory=list)


def read_tokens(text: str) -> Tokens:
    """Reads the tokens of a text that Python's parser takes.

    Raises:
        SyntaxError, tokenize.TokenError: the tokenizer does not take it.
    """
    tokens = Tokens()
    open_brackets: list[int] = []
    last_line = 0
    follows_operand = False
    lines = text.split("\n")
    for kind, string, start, end, _ in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind in _LAYOUT:
            follows_operand = follows_operand and kind != tokenize.NEWLINE
            continue
        if kind == tokenize.COMMENT:
            prefix = lines[start[0] - 1][: start[1]].strip()
            tokens.comments.append(_comment(start, string, prefix, len(open_brackets), last_line))
            last_line = start[0]
            continue
        index = len(tokens.texts)
        tokens.texts.append(string)
        tokens.positions.append(start)
        tokens.starts[start] = tokens.ends[end] = index
        if string in ("(", "[", "{") and kind == tokenize.OP:
            open_brackets.append(index)
            if string == "(" and not follows_operand:
                tokens.grouping.add(index)
        elif string in (")", "]", "}") and kind == tokenize.OP and open_brackets:
            partner = open_brackets.pop()
            tokens.match[partner], tokens.match[index] = index, partner
        follows_operand = kind in (tokenize.NUMBER, tokenize.STRING) or (
            string not in _KEYWORDS if kind == tokenize.NAME else string in (")", "]", "}")
        )
        last_line = end[0]
    return tokens


def _comment(start: Position, text: str, prefix: str, depth: int, last_line: int) -> Comment:
    inner = not prefix or prefix.replace(" ", "") == "):" or prefix[-1] in "([{"
    return Comment(
        position=start,
        text=text.strip(),
        depth=depth,
        whole_line=not prefix,
        suffix=not inner,
        blank_before=start[0] - last_line > 1,
    )
