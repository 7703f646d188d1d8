"""What calls in a Python module ask of the system: libraries and programs by literal names.

The result has the form that `source_facts` describes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from distroless_python.python import source_imports as context
from distroless_python.python.source_imports import (
    Version,
    Visitor,
    always_raises,
    catches,
    dotted,
    literal,
    may_return,
)

SUSPECTS = (
    b"ctypes",
    b"dlopen",
    b"find_library",
    b"subprocess",
    b"popen",
    b"os.system",
    b"os.exec",
    b"os.spawn",
)
"""A source with none of them has nothing of what is looked for here, but for modules that strings name."""

_LOADERS = {"CDLL", "PyDLL", "LoadLibrary", "dlopen"}
_FINDER = "find_library"
_STARTERS = {f"subprocess.{name}" for name in ("run", "Popen", "call", "check_call", "check_output")}
_STARTERS |= {
    "asyncio.create_subprocess_exec",
    "os.execvp",
    "os.execv",
    "os.execlp",
    "os.execl",
    "os.spawnvp",
    "os.spawnlp",
}
_SHELLS = {
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
}
_SUFFERED = {
    "OSError",
    "IOError",
    "EnvironmentError",
    "FileNotFoundError",
    "AttributeError",
    "TypeError",
    "CalledProcessError",
}
_IMPORTERS = {"importlib.import_module", "__import__"}
_INCLUDES = {"django.urls.include", "django.conf.urls.include"}
_LENIENT = re.compile(r"fail|optional|silent|quiet|ignore")
_LIBRARY = re.compile(r"[\w+.-]+")
_PROGRAM = re.compile(r"/?[\w+./-]+")


class Event(NamedTuple):
    """A call: `kind` is `load`, `find`, `program`, `shell`, `import` or `call`; `names` are its literals.

    `scope` is the function of the module's top level that it is in, empty for the module itself.
    """

    kind: str
    names: tuple[str, ...]
    scope: str
    context: int
    line: int


def find_needs(tree: ast.Module, version: Optional[Version]) -> dict[str, Any]:
    """What the calls of a module ask for, in the form of `source_facts`."""
    visitor = _Calls(tree, version)
    visitor.visit(tree.body, 0)
    return _Summary(visitor.events, visitor.wrappers).facts()


class _Calls(Visitor):
    """Collects the calls of interest, each with its context; what they are called by is resolved by the imports."""

    def __init__(self, tree: ast.Module, version: Optional[Version]) -> None:
        super().__init__(version)
        self.events: list[Event] = []
        self.wrappers: dict[str, None] = {}
        self._scope = ""
        self._parameters: frozenset[str] = frozenset()
        self._functions = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
        self._names = dict(_bound(tree))
        self._values: dict[str, tuple[str, ...]] = {}
        self._none: set[str] = set()

    def visit(self, body: Iterable[ast.stmt], context_: int) -> None:
        """A search that ends in `raise` has to succeed: what is opened in it is, one way or the other."""
        statements = list(body)
        raises = [index for index, node in enumerate(statements) if isinstance(node, ast.Raise)]
        for index, node in enumerate(statements):
            before = len(self.events)
            super().visit([node], context_)
            searched = isinstance(node, (ast.For, ast.While, ast.Try))
            if searched and (any(index < at for at in raises) or always_raises(getattr(node, "orelse", []))):
                for at in range(before, len(self.events)):
                    if self.events[at].kind == "load":
                        self.events[at] = self.events[at]._replace(context=context_)
            found = any(event.kind == "load" for event in self.events[before:])
            if isinstance(node, ast.Raise):
                return
            if context_ & context.FUNCTION and not found and may_return(node, ast.Return):
                context_ |= context.CONDITION

    def statement(self, node: ast.stmt, context_: int) -> None:
        """Looks at the expressions of a statement, without those of statements in it."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.stmt, ast.ExceptHandler)):
                for inner in ast.walk(child):
                    if isinstance(inner, ast.Call):
                        self._call(inner, context_)
                    elif isinstance(inner, ast.NamedExpr):
                        self._bind(inner.target, inner.value)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.For):
            self._bind(node.target, node.iter)

    def _FunctionDef(self, node: Any, context_: int) -> None:
        outer, self._parameters = self._parameters, self._parameters | _parameters(node)
        top = not self._scope
        self._scope = self._scope or node.name
        self.visit(node.body, (0 if top else context_) | context.FUNCTION)
        self._parameters = outer
        if top:
            self._scope = ""

    _AsyncFunctionDef = _FunctionDef

    def _Try(self, node: Any, context_: int) -> None:
        """Who catches that a library or a program is missing does without it, unless the handler needs another."""
        catching = [handler for handler in node.handlers if catches(handler, _SUFFERED | context.IMPORT_ERRORS)]
        inside = context_
        if catching:
            inside |= context.RERAISED if all(always_raises(h.body) for h in catching) else context.CAUGHT
        self.visit(node.body, inside)
        imports = any(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in node.body)
        for handler in node.handlers:
            self.visit(handler.body, context_ | (0 if handler in catching and not imports else context.CONDITION))
        self.visit(node.orelse, context_ | (context.CONDITION if inside & context.CAUGHT else 0))
        self.visit(node.finalbody, context_)

    def _branches(self, test: ast.expr, context_: int) -> list[int]:
        """What is None at first, and set where this is tested, is set the first time."""
        empty = isinstance(test, ast.Name) or isinstance(getattr(test, "ops", [None])[0], ast.IsNot)
        name = dotted(getattr(test, "left", test))
        if name in self._none and (
            isinstance(test, ast.Name) or literal(getattr(test, "comparators", [None])[0]) is None
        ):
            return [-1, context_] if empty else [context_, -1]
        return super()._branches(test, context_)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        name = dotted(target)
        if isinstance(value, ast.Constant) and value.value is None:
            self._none.add(name)
        else:
            self._none.discard(name)
        if self._parameters.intersection(map(dotted, ast.walk(value))):
            self._parameters |= {name}
        if name:
            self._values[name] = (*self._values.get(name, ()), *self._literals(value))

    def _literals(self, node: Optional[ast.expr]) -> tuple[str, ...]:
        """The strings that an expression may be, or be a sequence of; those of `find_library` likewise."""
        value = literal(node)
        if isinstance(value, str):
            return (value,)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return tuple(text for item in node.elts for text in self._literals(item))
        if isinstance(node, ast.BoolOp):
            return tuple(text for item in node.values for text in self._literals(item))
        if isinstance(node, ast.IfExp):
            return (*self._literals(node.body), *self._literals(node.orelse))
        if isinstance(node, ast.Call) and self._called(node).rpartition(".")[2] == _FINDER:
            return self._literals(node.args[0]) if node.args else ()
        return self._values.get(dotted(node), ())

    def _called(self, node: ast.Call) -> str:
        """The name of what is called, as it is called where it is from: `subprocess.run`."""
        name = dotted(node.func)
        if not name and isinstance(node.func, ast.Attribute):
            return node.func.attr
        head, _, rest = name.partition(".")
        return self._names.get(head, head) + (f".{rest}" if rest else "")

    def _call(self, node: ast.Call, context_: int) -> None:
        name = self._called(node)
        tail = name.rpartition(".")[2]
        first = node.args[0] if node.args else None
        if name in self._functions:
            texts = tuple(text for argument in node.args for text in self._literals(argument))
            lenient = any(_LENIENT.search(keyword.arg or "") and literal(keyword.value) for keyword in node.keywords)
            self._add("call", (name, *texts), node, context_ | (context.CAUGHT if lenient else 0))
        elif tail in _LOADERS or tail == _FINDER:
            if self._scope and self._parameters.intersection(map(dotted, ast.walk(first) if first else ())):
                self.wrappers[self._scope] = None
            kind = "find" if tail == _FINDER else "load"
            self._add(kind, tuple(filter(_LIBRARY.fullmatch, self._literals(first))), node, context_)
        elif name in _SHELLS:
            self._add("shell", (name,), node, context_)
        elif name in _STARTERS or name == "shutil.which":
            self._program(name, node, context_)
        elif name in _IMPORTERS and isinstance(literal(first), str):
            self._add("import", (literal(first),), node, context_)
        elif name in _INCLUDES and first is not None:
            included = literal(first.elts[0] if isinstance(first, ast.Tuple) and first.elts else first)
            if isinstance(included, str):
                self._add("import", (included,), node, context_)
        elif dotted(node.func).partition(".")[0] in self._names:
            self._add("outside", (name,), node, context_)

    def _program(self, name: str, node: ast.Call, context_: int) -> None:
        if any(keyword.arg == "shell" and literal(keyword.value) for keyword in node.keywords):
            self._add("shell", (f"{name}(shell=True)",), node, context_)
            return
        first = node.args[0] if node.args else None
        if isinstance(first, ast.List) and first.elts:
            first = first.elts[0]
        program = literal(first)
        if isinstance(program, str) and _PROGRAM.fullmatch(program):
            self._add("which" if name == "shutil.which" else "program", (program,), node, context_)

    def _add(self, kind: str, names: tuple[str, ...], node: ast.Call, context_: int) -> None:
        self.events.append(Event(kind, names, self._scope, context_, node.lineno))


class _Summary:
    """Puts the calls of a module together: what runs when it is imported, what when one of its functions does."""

    def __init__(self, events: list[Event], wrappers: Iterable[str]) -> None:
        self._wrappers = frozenset(wrappers)
        self._by_scope: dict[str, list[Event]] = {}
        for event in events:
            self._by_scope.setdefault(event.scope, []).append(event)

    def facts(self) -> dict[str, Any]:
        at_import = self._reached("")
        whole = [event for events in self._by_scope.values() for event in events]
        running = {id(event) for event in at_import}

        def how(event: Event) -> str:
            if id(event) in running:
                return "main" if event.context & context.MAIN else "import"
            return "maybe" if event.context & context.MAYBE else "call"

        libraries = _libraries(at_import, self._wrappers, "import")
        seen = {name for names, _, _ in libraries for name in names}
        rest = [name for event in whole if event.kind in ("find", "load") for name in event.names if name not in seen]
        libraries += [[[name], "maybe", 0] for name in dict.fromkeys(rest)]
        tested = {event.names[0] for event in whole if event.kind == "which"}
        return {
            "libraries": libraries,
            "programs": [
                [event.names[0], "maybe" if event.names[0] in tested else how(event), event.line]
                for event in whole
                if event.kind == "program"
            ],
            "shells": [[event.names[0], event.line] for event in whole if event.kind == "shell"],
            "functions": {scope: needs for scope, needs in self._functions() if needs},
            "calls": list(dict.fromkeys(event.names[0] for event in at_import if event.kind == "outside")),
            "named": list(dict.fromkeys(event.names[0] for event in at_import if event.kind == "import")),
        }

    def _functions(self) -> Iterator[tuple[str, list[list[Any]]]]:
        for scope in filter(None, self._by_scope):
            yield scope, _libraries(self._reached(scope), self._wrappers, "import")

    def _reached(self, scope: str) -> list[Event]:
        """What surely runs when a function does, or (without a name) when the module is imported.

        What is looked for counts wherever it may be: it is one of the names of what is opened.
        """
        found: list[Event] = []
        pending, seen = [(scope, True)], {(scope, True)}
        while pending:
            inside, sure = pending.pop()
            for event in self._by_scope.get(inside, ()):
                surely = sure and not event.context & context.MAYBE
                if surely or event.kind == "find":
                    found.append(event)
                step = (event.names[0] if event.names else "", surely)
                if event.kind == "call" and step not in seen:
                    seen.add(step)
                    pending.append(step)
        return list(dict.fromkeys(found))


def _libraries(events: list[Event], wrappers: frozenset[str], how: str) -> list[list[Any]]:
    """What is opened: by its own names, by those handed to a function that opens, or by what was looked for before."""
    sought = tuple(name for event in events if event.kind == "find" for name in event.names)
    found: dict[tuple[str, ...], int] = {}
    wrapped = False
    for event in events:
        if event.kind == "call" and event.names[0] in wrappers and event.names[1:]:
            found.setdefault(event.names[1:], event.line)
            wrapped = True
    for event in events:
        if event.kind == "load" and not (wrapped and event.scope in wrappers):
            names = tuple(dict.fromkeys((*event.names, *(() if event.names else sought))))
            if names:
                found.setdefault(names, event.line)
    return [[list(dict.fromkeys(names)), how, line] for names, line in found.items()]


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that imports bind and what they stand for: `sp` for `subprocess`, `run` for `subprocess.run`, `.a:b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module = "." * node.level + (node.module or "")
                yield alias.asname or alias.name, f"{module}{':' if node.level else '.'}{alias.name}"


def _parameters(node: Any) -> frozenset[str]:
    arguments = [*node.args.args, *node.args.kwonlyargs, *filter(None, (node.args.vararg,))]
    return frozenset(argument.arg for argument in arguments)
