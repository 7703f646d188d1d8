"""Sources that are written for a newer Python than the one that runs this tool: what can be read of them line by line.

Its parser does not understand them, but import statements have not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from distroless_python.generate.read.facts import Import, SourceFacts, imports_text

_IMPORT = re.compile(
    r"^(?P<indent>[ \t]*)(?:from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]*"
    r"(?:\((?P<inside>[^)]*)\)|(?P<names>[^\n#(]+))"
    r"|import[ \t]+(?P<modules>[^\n#]+))",
    re.MULTILINE,
)
_NAME = re.compile(r"(\*|[A-Za-z_][\w.]*)(?:[ \t]+as[ \t]+\w+)?")
_MAIN = re.compile(r"^if __name__ == [\"']__main__[\"']:", re.MULTILINE)
_TESTS = re.compile(r"^[ \t]*(?:async )?def test|^class \w*Test", re.MULTILINE)
_TYPING = re.compile(r"^if (?:typing\.)?TYPE_CHECKING:\n(?:[ \t]+[^\n]*\n|\n)+", re.MULTILINE)


def read_lines(content: bytes, error: tuple[int, str]) -> SourceFacts:
    """The facts of a source that does not parse, for which `error` is the reason."""
    text = content.decode("utf-8", "replace")
    typing = [match.span() for match in _TYPING.finditer(text)]
    imports = []
    for match in _IMPORT.finditer(text):
        checked = any(start <= match.start() < end for start, end in typing)
        line = text.count("\n", 0, match.start()) + 1
        indented = bool(match["indent"])
        for module, names in _modules(match):
            imports.append(Import(module, names, line, checked, optional=indented, lazy=indented and not checked))
    return SourceFacts(
        imports_text=imports_text(imports),
        error=error,
        unparsed=True,
        has_main=_MAIN.search(text) is not None,
        test_functions=_TESTS.search(text) is not None,
    )


def _modules(match: re.Match[str]) -> Iterable[tuple[str, tuple[str, ...]]]:
    if match["modules"] is not None:
        return [(name, ()) for name in _names(match["modules"])]
    names = tuple(_names(match["inside"] or match["names"] or ""))
    return [(match["module"], names)] if names and match["module"] not in ("", "__future__") else []


def _names(text: str) -> list[str]:
    plain = re.sub(r"#[^\n]*", "", text)
    found = (_NAME.fullmatch(part.strip()) for part in plain.replace("\\", "").split(","))
    return [part[1] for part in found if part]
