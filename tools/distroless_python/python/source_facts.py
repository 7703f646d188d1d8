"""What a Python module asks of the system it runs on: imports, libraries, programs, files; read from its source.

The tools' own Python reads them, whatever the image's is: that costs nothing to start, and it is there for images of
other architectures, too. Most sources are read without their syntax tree (`source_quick`), which takes no version's
grammar; of the rest, one in a grammar newer than this Python's is `unread`.

Facts are plain JSON; a key whose value would be empty is left out. `how` is `import` for what runs whenever the module
is imported, `main` for what runs when it is the program, `call` for what waits for a call, `maybe` for the rest.

- `imports`: modules that are imported with the module, as written: `os.path`, `.models`, `pkg:one,two` for
  `from pkg import one, two`
- `main`: those below `if __name__ == "__main__"`
- `maybe`: those that may be left out: in `try`, under a test
- `lazy`: those in functions, unless something catches that they fail
- `either`: pairs of lists like `imports`: what a `try` imports, and what it falls back on
- `named`: modules that are imported by their names in strings: `import_module("x")`, Django's `include("x.urls")`
- `libraries`: `[names, how, line]`: one of these is opened; `magic` as for find_library, `libmagic.so.1` as for dlopen
- `calls`, `functions`: what runs of other modules when this is imported, `.loader:load`; and what this module's
  functions open, name to what `libraries` has
- `programs`: `[name, how, line]`; `shells`: `[call, line]`
- `data`: `[path, how, line]`: files that are read, relative to the module's folder; with `./`, to the working directory
- `folders`: `[path, setting, line]`, likewise; `resources`: `[package, path, how, line]`
- `locales`, `zones`: `[name, how, line]`
- `settings`: Django's, name to `[operation, values]`, the operation being `set`, `add`, or `unknown`
- `settings_module`: the default of DJANGO_SETTINGS_MODULE
- `drivers`: what comes behind the plus in `postgresql+psycopg`, in strings that start so
- `paths`: folders that it adds to sys.path, relative to its own; `?` for any other
- `dynamic`: true where not all of its names and submodules are in its source
- `error`: `[line, reason]`: it is not valid for the image's Python
- `unread`: true where nothing else is known
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any, Optional

from distroless_python.python import source_data
from distroless_python.python import source_imports as context
from distroless_python.python.source_imports import Imported, Version, Visitor
from distroless_python.python.source_needs import SUSPECTS, find_needs
from distroless_python.python.source_quick import quick_imports

_PATHS = re.compile(rb"sys\.path\s*(?:\.(?:append|insert|extend)\b|\[[^\]]*\]\s*=|\+?=)|addsitedir\(")
_DRIVER = re.compile(rb"[\"'](?:postgresql|mysql|mariadb|sqlite|oracle|mssql)\+(\w+)(?::|[\"'])")
_DYNAMIC = (b"__path__", b"sys.modules", b"def __getattr__", b"globals()", b"meta_path", b"exec(")


def read_facts(source: bytes, version: Optional[Version] = None, first_party: bool = True) -> dict[str, Any]:
    """The facts of a module that runs on a Python; without a version, on any.

    Of a distribution's modules less is kept: no lazy or optional imports, no files, no shells.
    """
    quick = None if first_party or _has(source, SUSPECTS) else quick_imports(source)
    if quick is not None:
        facts = _imports(list(quick))
    else:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {"unread": True}
        facts = _of_tree(tree, source, version, first_party)
    if _has(source, _DYNAMIC):
        facts["dynamic"] = True
    if first_party:
        facts["drivers"] = sorted({name.decode() for name in _DRIVER.findall(source)})
    if b"sys.path" in source or b"addsitedir" in source:
        facts.setdefault("paths", ["?"] if _PATHS.search(source) else [])
    return {key: value for key, value in facts.items() if value}


def _of_tree(tree: ast.Module, source: bytes, version: Optional[Version], first_party: bool) -> dict[str, Any]:
    visitor = Visitor(version)
    visitor.visit(tree.body, 0)
    facts = _imports(visitor.imports)
    facts["either"] = [[list(map(_text, way)) for way in pair] for pair in visitor.alternatives]
    if first_party or _has(source, SUSPECTS):
        facts.update(find_needs(tree, version))
    if first_party and source_data.SUSPECTS.search(source):
        facts.update(source_data.find_data(tree, version))
    if not first_party:
        for key in ("lazy", "maybe", "shells"):
            facts.pop(key, None)
    return facts


def _has(source: bytes, words: Iterable[bytes]) -> bool:
    return any(word in source for word in words)


def _imports(imports: list[Imported]) -> dict[str, Any]:
    found: dict[str, dict[str, None]] = {}
    for item in imports:
        if item.context & context.TYPING:
            continue
        if item.context & context.FUNCTION:
            kind = "" if item.context & (context.CAUGHT | context.PLATFORM | context.RERAISED) else "lazy"
        elif item.context & context.MAYBE:
            kind = "maybe"
        else:
            kind = "main" if item.context & context.MAIN else "imports"
        if kind:
            found.setdefault(kind, {})[_text(item)] = None
    return {kind: list(texts) for kind, texts in found.items()}


def _text(item: Imported) -> str:
    return f"{item.module}:{','.join(item.names)}" if item.names else item.module
