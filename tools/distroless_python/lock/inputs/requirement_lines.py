"""The lines of a requirements file: continuations joined, comments kept, split as pip splits them.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from optparse import Values

from pip._internal.req.req_file import OptionParsingError, get_line_parser

from distroless_python.errors import Problem, ToolError

_COMMENT = re.compile(r"(?:^|\s+)#(.*)$")


@dataclass(frozen=True)
class Line:
    """A line of a requirements file.

    Attributes:
        number: where it begins.
        requirement: what stands before the options; empty for a line of options.
        options: pip's options in it.
        via: what asked for the requirement, from pip-tools' `# via` comments.
    """

    number: int
    requirement: str
    options: Values
    via: tuple[str, ...]


@dataclass
class _Logical:
    number: int
    code: str
    comments: list[str]
    continued: bool


def logical_lines(text: str) -> Iterator[_Logical]:
    """Yields the lines with continuations joined, each with the comments beside it and right below it."""
    current: _Logical | None = None
    for number, raw in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(raw)
        code = (raw[: match.start()] if match else raw).strip()
        continued = code.endswith("\\")
        code = code.rstrip("\\").rstrip()
        if current and current.continued:
            current.code, current.continued = f"{current.code} {code}".rstrip(), continued
        elif code:
            if current:
                yield current
            current = _Logical(number, code, [], continued)
        elif not match and current:  # a blank line: comments further down are the next one's
            yield current
            current = None
        if match and current:
            current.comments.append(match[1].strip())
    if current:
        yield current


def parse_line(line: _Logical, subject: str) -> Line:
    """Splits a line as pip does.

    Raises:
        ToolError: it has an option that pip does not have, or has not there.
    """
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # optparse prints how to use pip
            requirement, options = get_line_parser(None)(" ".join(line.code.split()))
    except OptionParsingError as error:
        reason = error.msg.strip().rpartition(": error: ")[2]  # before it, the name of the program
        remedy = "see https://pip.pypa.io/en/stable/reference/requirements-file-format/ for what may stand there"
        raise ToolError(Problem(subject, reason, remedy, f"line {line.number}")) from None
    return Line(line.number, requirement.strip(), options, _via(line.comments))


def _via(comments: list[str]) -> tuple[str, ...]:
    sources: list[str] = []
    within = False
    for comment in comments:
        if comment == "via" or comment.startswith("via "):
            within = True
            comment = comment[3:].strip()
        if within and comment:
            sources.extend(source.strip() for source in comment.split(", "))
    return tuple(sources)
