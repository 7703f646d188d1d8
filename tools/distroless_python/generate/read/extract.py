"""Reads one Python source: its imports, and what else `SourceFacts` holds.

The interpreter's own parser does the work, so whatever encoding the source declares is understood. Only statements are
visited; expressions are looked at where the text says that there is something to find.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from distroless_python.generate.read.annotations import read_annotations
from distroless_python.generate.read.companions import companions
from distroless_python.generate.read.data_paths import data_paths
from distroless_python.generate.read.dynamic import DynamicNames, find_dynamic_names
from distroless_python.generate.read.environment import needed_environment
from distroless_python.generate.read.facts import Import, SourceFacts, imports_text
from distroless_python.generate.read.newer import read_lines
from distroless_python.generate.read.services import (
    find_apps,
    grpc_port,
    has_schedule,
    keeps_running,
)
from distroless_python.python.source_imports import (
    CAUGHT,
    FUNCTION,
    MAIN,
    PLATFORM,
    RERAISED,
    TYPING,
    Visitor,
    dotted,
    is_main,
)
from distroless_python.python.source_writes import find_writes

_FEW = 20
"""Statements of a source that may be an empty test: what Django's `startapp` leaves, for one."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Call)
_WRONG_EVER = ("not text in UTF-8", "unknown encoding", "Missing parentheses in call to 'print'", "source code")
"""How the parser begins what it says of sources that are wrong for every Python."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def extract(content: bytes, path: str = "") -> SourceFacts:
    """The facts of a source; one that does not parse has an `error`."""
    try:
        tree = ast.parse(content, path or "<source>")
    except SyntaxError as error:
        found = (error.lineno or 1, _reason(error.msg))
        return SourceFacts(error=found) if found[1].startswith(_WRONG_EVER) else read_lines(content, found)
    except (ValueError, RecursionError, MemoryError) as error:
        return SourceFacts(error=(1, str(error) or "nested too deeply for Python's parser"))
    visitor = _Visitor()
    visitor.visit(tree.body, 0)
    imports = visitor.found()
    dynamic = find_dynamic_names(tree, content) if DynamicNames.suspected(content) else DynamicNames()
    notes = read_annotations(content)
    return SourceFacts(
        imports_text=imports_text([*imports, *dynamic.imports, *companions(imports, content)]),
        has_main=any(is_main(statement) for statement in tree.body),
        blank=not tree.body,
        apps=tuple(find_apps(tree.body, imports, _aliases(tree.body))),
        listens=keeps_running(content),
        schedules=has_schedule(content),
        ignored=notes.ignored,
        extra_deps=notes.extra_deps,
        conftest=notes.conftest,
        port=notes.port or grpc_port(content),
        test_style=_test_style(imports),
        test_functions=any(isinstance(node, _FUNCTIONS) and node.name.startswith("test") for node in tree.body),
        testless=not any(isinstance(node, _DEFINITIONS) for node in ast.walk(tree)) if len(tree.body) < _FEW else False,
        test_classes=tuple(_test_classes(tree.body)),
        plugins=dynamic.plugins,
        django_settings=dynamic.django_settings,
        django_apps=dynamic.django_apps,
        django_folders=dynamic.django_folders,
        data_paths=data_paths(tree, content),
        static_root=dynamic.static_root,
        environment=tuple(dict.fromkeys(needed_environment(content))),
        wrong_annotations=notes.wrong,
        writes=find_writes(tree, content),
    )


def _reason(message: str) -> str:
    """What the parser says; of bytes that are not text, each version of Python says something else."""
    if "codec can't decode" in message or message.startswith("Non-UTF-8 code"):
        return "not text in UTF-8, and no encoding is declared (PEP 263)"
    return message


class _Visitor(Visitor):
    """Collects imports; what follows a `return` counts as much as what stands before it."""

    follows_returns = False

    def found(self) -> list[Import]:
        """The imports as the generator counts them."""
        return [
            Import(
                item.module,
                item.names,
                item.line,
                bool(item.context & TYPING),
                bool(item.context & (CAUGHT | RERAISED | PLATFORM)),
                bool(item.context & (FUNCTION | MAIN)),
            )
            for item in self.imports
        ]


def _aliases(body: list[ast.stmt]) -> dict[str, str]:
    """Names that imports at the top level bind, with what they stand for."""
    result = {}
    for node in body:
        if isinstance(node, ast.Import):
            result.update({a.asname: a.name for a in node.names if a.asname})
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            separator = "." * bool(node.module)
            result.update({a.asname or a.name: f"{module}{separator}{a.name}" for a in node.names})
    return result


def _test_classes(body: list[ast.stmt]) -> Iterable[tuple[str, tuple[str, ...]]]:
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    named = [(node.name, [base for base in map(dotted, node.bases) if "Test" in base]) for node in classes]
    aliases = _aliases(body) if any(bases for _, bases in named) else {}
    for name, bases in named:
        if bases:
            heads = [base.partition(".") for base in bases]
            yield name, tuple(f"{aliases.get(head, head)}{dot}{rest}" for head, dot, rest in heads)


def _test_style(imports: list[Import]) -> str:
    modules = {entry.module for entry in imports}
    modules |= {f"{entry.module}.{name}" for entry in imports for name in entry.names}
    if any(module.startswith(("django.test", "rest_framework.test", "pytest_django")) for module in modules):
        return "django"
    if any(module == "pytest" or module.startswith("pytest.") for module in modules):
        return "pytest"
    return "unittest" if any(module == "unittest" or module.startswith("unittest.") for module in modules) else ""
