"""The imports of a module without its syntax tree, which costs more than compiling: most modules of distributions only
have plain import statements at the left margin, and others in functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Optional

from distroless_python.python.source_imports import Imported

_WORD = re.compile(r"import\b")
_STATEMENT = re.compile(
    r"(?:import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)|import[ \t]+([\w.]+)[ \t]+as[ \t]+\w+"
    r"|from[ \t]+([.\w]+)[ \t]+import[ \t]+(?:\(([^)\\]*)\)|([\w, \t]+|\*)))[ \t]*(?:#[^\n]*)?(?:\n|\Z)"
)
_BEFORE = re.compile(r"([ \t]*)(?:from\b[ \t]*[.\w]*[ \t]*)?")
_ON_LINE = re.compile(r".*[;:][ \t]*(?:from\b.*)?")
_ODD = ("\f", "\r", "\nraise", "\nexit(", "\nsys.exit(", "\nquit(")
_UNSEEN = re.compile(r"[ \t]*(?:async[ \t]+)?def[ \t]|[ \t]*if[ \t]+(?:\w+\.)?TYPE_CHECKING:")
_HEADER = re.compile(r"[^\"'#]*:[ \t]*(?:#.*)?")
_COMMENT = re.compile(r"#[^\n]*")


def quick_imports(source: bytes) -> Optional[tuple[Imported, ...]]:
    """The imports that run whenever a module is imported; None where only the syntax tree tells."""
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    text = text.replace("\r\n", "\n")
    if any(odd in text for odd in _ODD):
        return None
    found: list[Imported] = []
    for match in _WORD.finditer(text):
        if text[match.start() - 1 : match.start()].isidentifier():
            continue  # the end of a longer name
        start = text.rfind("\n", 0, match.start()) + 1
        before = text[start : match.start()]
        statement = _BEFORE.fullmatch(before)
        if statement is None:
            if _ON_LINE.fullmatch(before) and not before.lstrip().startswith("#"):
                return None
        elif text[start - 2 : start - 1] == "\\":
            return None
        elif statement[1]:
            if not _in_string(text, start) and not _is_unseen(text, start):
                return None
        else:
            whole = _STATEMENT.match(text, start)
            if whole is None or _in_string(text, start):
                return None
            found += _imported(whole)
    return tuple(found)


def _imported(statement: re.Match[str]) -> Iterator[Imported]:
    several, one, module, inside, names = statement.groups()
    for name in (several or one or "").split(","):
        if name:
            yield Imported(name.strip(), (), 0, 0)
    if module and module != "__future__":
        listed = names if inside is None else _COMMENT.sub("", inside)
        yield Imported(module, tuple(part.split()[0] for part in listed.split(",") if part.strip()), 0, 0)


def _in_string(text: str, at: int) -> bool:
    """Whether a place is, as it seems, in a string of several lines."""
    return bool(text.count('"""', 0, at) % 2 or text.count("'''", 0, at) % 2)


def _is_unseen(text: str, at: int) -> bool:
    """Whether an indented line is in a function, or below `if TYPE_CHECKING`."""
    indent = _indent(text, at)
    while indent and at > 0:
        start = text.rfind("\n", 0, at - 1) + 1
        line = text[start : at - 1]
        at = start
        stripped = line.strip()
        if not stripped or stripped.startswith("#") or _indent(text, start) >= indent:
            continue
        if _UNSEEN.match(line):
            return True
        if stripped.startswith(")") and stripped.endswith(":"):
            indent = _indent(text, start) + 1  # the first line of this header is above, at the same indentation
        elif _HEADER.fullmatch(line):
            indent = _indent(text, start)
        else:
            return False
    return False


def _indent(text: str, at: int) -> int:
    end = at
    while end < len(text) and text[end] in " \t":
        end += 1
    return end - at
