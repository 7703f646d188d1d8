"""Findings about imports: what Python surely imports has to be there, and to be Python of this version."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from distroless_python.verify import module_remedies
from distroless_python.verify.codes import ERROR, WARNING
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding
from distroless_python.verify.program import Program, is_first_party
from distroless_python.verify.reach import Missing


def check(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """Everything about imports."""
    sure, unsure = program.missing()
    yield from _missing(image, program, sure, ERROR)
    yield from _missing(image, program, [*unsure, *program.later], WARNING)
    yield from _wrong_syntax(image, program)
    yield from _hidden(image, program)


def _missing(image: VerifiedImage, program: Program, missing: Iterable[Missing], level: str) -> Iterator[Finding]:
    """One finding for a name and the package that imports it."""
    groups: dict[tuple[str, str], list[Missing]] = {}
    for item in missing:
        layer = program.layer(item.path)
        groups.setdefault((item.name, layer.title if layer and not is_first_party(layer) else ""), []).append(item)
    for (name, package), members in groups.items():
        first = members[0]
        if first.path:
            how = f"is imported by {program.way(first.via)}"
            how += ", when it is called" if first in program.later else ""
        else:
            how = f"is to be imported: {first.via}"
        layer = program.layer(first.path)
        yield Finding(
            "missing-import",
            name,
            f"the module {name} {how}, and is not in the image",
            module_remedies.for_module(image, layer, first, program),
            package,
            tuple(sorted({image.short(item.path) for item in members if item.path})),
            level,
        )


def _wrong_syntax(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """Modules that this Python cannot parse: an error where they are imported, else a warning in first-party code."""
    imported = {module.path: module.name for module in program.reach.reached.values()}
    for layer, facts in program.facts.items():
        for inner, module in facts.modules.items():
            path = f"{facts.root}/{inner}"
            line, reason = module.error
            if line and (path in imported or is_first_party(layer)):
                version = image.base.python_version
                remedy = (
                    "use a base with a newer Python, or write it for this one"
                    if is_first_party(layer)
                    else "lock another version of it, or use a base with a newer Python"
                )
                yield Finding(
                    "wrong-syntax",
                    image.short(path),
                    f"line {line} is not valid for Python {version}: {reason}",
                    remedy,
                    "" if is_first_party(layer) else layer.title,
                    (f"{image.short(path)}:{line}",),
                    ERROR if path in imported else WARNING,
                )


def _hidden(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """First-party modules that stand before others of the same name in `sys.path`, where code of others wants those."""
    modules = program.reach.modules
    wanted = _wanted_by_others(program)
    ours = [path for path in modules.directories if program.is_first_party_directory(path)]
    others = [path for path in modules.directories if path not in ours]
    imports = (*image.python_path[1:], *image.env.get("PYTHONPATH", "").split(":"))
    early = {posixpath.normpath(path).strip("/") for path in imports}
    for directory in ours:
        for name in sorted(modules.names(directory)):
            if name in _AT_START and directory not in early:
                continue
            mine, other = modules.search(name, [directory]), modules.search(name, others)
            if not (mine and mine.path and other and name in wanted and modules.find(name) == mine):
                continue
            whose = program.layer(other.path)
            what = whose.title if whose else "Python's standard library"
            user = wanted[name]
            yield Finding(
                "hidden-module",
                name,
                f"hides {name} of {what}, which {user} imports",
                f"rename it, or remove /{directory} from the imports of the targets that set it",
                files=(f"/{mine.path}",),
            )


def _wanted_by_others(program: Program) -> dict[str, str]:
    """Top-level names that modules of distributions and of the standard library import, and one that does."""
    found: dict[str, str] = dict.fromkeys(_ALWAYS, "Python itself")
    for name, module in program.reach.reached.items():
        layer = program.layer(module.path)
        if layer and not is_first_party(layer):
            for text in program.reach.facts_of(module.path).imports:
                found.setdefault(text.partition(":")[0].partition(".")[0], f"{name} ({layer.title})")
    return found


_AT_START = frozenset(("abc", "codecs", "encodings", "io", "os", "posixpath", "site", "stat"))
"""What Python has imported before the program's folder is on `sys.path`; PYTHONPATH is on it from the beginning."""

_ALWAYS = frozenset(
    (
        *("abc", "ast", "asyncio", "base64", "bisect", "calendar", "codecs", "collections", "concurrent", "contextlib"),
        *(
            "copy",
            "copyreg",
            "csv",
            "ctypes",
            "dataclasses",
            "datetime",
            "decimal",
            "dis",
            "email",
            "encodings",
            "enum",
        ),
        *("fnmatch", "functools", "gettext", "glob", "hashlib", "heapq", "html", "http", "importlib", "inspect", "io"),
        *("ipaddress", "json", "keyword", "linecache", "locale", "logging", "numbers", "opcode", "operator", "os"),
        *("pathlib", "pickle", "platform", "posixpath", "pprint", "queue", "quopri", "random", "re", "reprlib"),
        *("secrets", "selectors", "shutil", "signal", "site", "socket", "sqlite3", "ssl", "stat", "string", "struct"),
        *("subprocess", "tempfile", "textwrap", "threading", "token", "tokenize", "traceback", "types", "typing"),
        *("unittest", "urllib", "uuid", "warnings", "weakref", "zipfile"),
    )
)
"""What the standard library imports so often that hardly a program does without."""
