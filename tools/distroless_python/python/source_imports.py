"""The imports of a Python source, with what encloses each: read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

TYPING = 1
"""Only type checkers see it."""
CAUGHT = 2
"""In a `try` that goes on after an ImportError, or in such a handler."""
RERAISED = 4
"""In a `try` that catches ImportError and always raises again, or exits."""
PLATFORM = 8
"""Under a test of Python's version, of the platform, or of what is there, with a result that is not known."""
CONDITION = 16
"""Under another test, in a loop, or behind a `return`: it may be left out."""
FUNCTION = 32
"""In the body of a function: it waits for a call."""
MAIN = 64
"""Below `if __name__ == "__main__"`."""

MAYBE = TYPING | CAUGHT | PLATFORM | CONDITION
"""Importing the module may leave it out, or do without it."""

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_PLATFORM_TESTS = ("sys.version_info", "sys.platform", "os.name", "sys.implementation", "platform.")
_EXITS = {"exit", "quit", "sys.exit", "os._exit", "os.abort"}
_PRESENCE = {"exists", "isfile", "is_file", "find_spec"}
_COMPARISONS: dict[Any, Any] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}

_PLATFORM = {
    "sys.platform": "linux",
    "os.name": "posix",
    "sys.implementation.name": "cpython",
    "platform.system()": "Linux",
    "platform.python_implementation()": "CPython",
}
Version = tuple[int, int]


class Imported(NamedTuple):
    """An import statement's module (with leading dots where it is relative); `names` is empty for `import module`."""

    module: str
    names: tuple[str, ...]
    line: int
    context: int


class Visitor:
    """Walks through the statements of a module, in order; expressions are not looked at.

    Subclasses may look at every statement as it comes: `statement`.

    Attributes:
        imports: all of them.
        follows_returns: whether what comes behind a `return` under a test counts as `CONDITION`.
        alternatives: pairs of what a `try` imports and what it falls back on; one of both has to be there.
    """

    follows_returns = True

    def __init__(self, version: Optional[Version] = None) -> None:
        """`version` is the Python that runs the module, on Linux; None where it may be any."""
        self.imports: list[Imported] = []
        self.alternatives: list[tuple[tuple[Imported, ...], tuple[Imported, ...]]] = []
        self._version = version

    def statement(self, node: ast.stmt, context: int) -> None:
        """Called for every statement, before what is in it."""

    def visit(self, body: Iterable[ast.stmt], context: int) -> None:
        """Walks through a block."""
        for node in body:
            self.statement(node, context)
            visit = getattr(self, "_" + type(node).__name__, None)
            if visit:
                visit(node, context)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.visit(node.body, context | FUNCTION)
            elif hasattr(node, "body"):
                self.visit(node.body, context)
            if isinstance(node, ast.Raise) or _is_exit(node):
                return  # the rest is not reached
            if self.follows_returns and not context & CONDITION and context & FUNCTION and may_return(node):
                context |= CONDITION

    def _Import(self, node: ast.Import, context: int) -> None:
        for alias in node.names:
            self.imports.append(Imported(alias.name, (), node.lineno, context))

    def _ImportFrom(self, node: ast.ImportFrom, context: int) -> None:
        if node.module != "__future__":
            module = "." * node.level + (node.module or "")
            self.imports.append(Imported(module, tuple(alias.name for alias in node.names), node.lineno, context))

    def _If(self, node: ast.If, context: int) -> None:
        test, negated = node.test, False
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, negated = test.operand, True
        if dotted(test).rpartition(".")[2] == "TYPE_CHECKING":
            branches = [context | TYPING, context]
        elif is_main(node):
            branches = [context | MAIN, context]
        else:
            branches = self._branches(test, context)
        if negated:
            branches.reverse()
        for body, inside in zip((node.body, node.orelse), branches):
            if inside >= 0:
                self.visit(body, inside)

    def _branches(self, test: ast.expr, context: int) -> list[int]:
        """The contexts of what runs where a test is true, and where not; -1 for a branch that never runs."""
        result = decide(test, self._version) if self._version else None
        if result is not None:
            return [context, -1] if result else [-1, context]
        kind = PLATFORM if _tests_platform(test) or _tests_presence(test) else CONDITION
        return [context | kind, context | kind]

    def _Try(self, node: ast.Try, context: int) -> None:
        catching = [handler for handler in node.handlers if _catches_import_error(handler)]
        inside = context
        if catching:
            inside |= RERAISED if all(always_raises(handler.body) for handler in catching) else CAUGHT
        passed_over = [handler for handler in node.handlers if not always_raises(handler.body)]
        self.visit(node.body[:1], inside)
        self.visit(node.body[1:], inside | CONDITION if passed_over else inside)  # the first may be what is caught
        for handler in node.handlers:
            self.visit(handler.body, context | (CAUGHT if handler in catching else CONDITION))
        if len(catching) == 1 and inside & CAUGHT and not context & (MAYBE | FUNCTION | MAIN):
            first, second = (tuple(_plain_imports(body, context)) for body in (node.body, catching[0].body))
            if first and second:
                self.alternatives.append((first, second))
        self.visit(node.orelse, context if not inside & CAUGHT else context | CONDITION)
        self.visit(node.finalbody, context)

    _TryStar = _Try

    def _With(self, node: ast.With, context: int) -> None:
        self.visit(node.body, context | CAUGHT if _suppresses(node) else context)

    def _For(self, node: ast.For, context: int) -> None:
        self.visit(node.body, context | CONDITION)
        self.visit(node.orelse, context | CONDITION)

    _While = _AsyncFor = _For  # the same fields

    def _Match(self, node: Any, context: int) -> None:
        for case in node.cases:
            self.visit(case.body, context | CONDITION)


def _plain_imports(body: list[ast.stmt], context: int) -> Iterator[Imported]:
    """The imports that a block surely runs."""
    inner = Visitor()
    inner.visit(body, context)
    return (item for item in inner.imports if not item.context & (MAYBE | FUNCTION))


def dotted(node: Optional[ast.AST]) -> str:
    """`a.b` for such an expression; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return ""


def is_main(node: ast.stmt) -> bool:
    """Whether a statement is `if __name__ == "__main__"`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare) or len(node.test.comparators) != 1:
        return False
    sides = (node.test.left, node.test.comparators[0])
    names = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return names and "__main__" in map(literal, sides) and isinstance(node.test.ops[0], ast.Eq)


def literal(node: Optional[ast.AST]) -> Any:
    """The value of a literal, tuples included; None for anything else."""
    if isinstance(node, ast.Tuple):
        values = tuple(literal(item) for item in node.elts)
        return None if None in values else values
    return node.value if isinstance(node, ast.Constant) else None


def decide(test: ast.expr, version: Version) -> Optional[bool]:
    """The result of a test of Python's version or platform on Linux; None where it is not known, or no such test."""
    if isinstance(test, ast.BoolOp):
        parts = [decide(value, version) for value in test.values]
        decisive = isinstance(test.op, ast.Or)
        return decisive if decisive in parts else None if None in parts else not decisive
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = decide(test.operand, version)
        return None if inner is None else not inner
    if isinstance(test, ast.Call) and dotted(test.func) == "sys.platform.startswith" and test.args:
        start = literal(test.args[0])
        return "linux".startswith(start) if isinstance(start, str) else None
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right = test.left, test.comparators[0]
    if literal(left) is not None and isinstance(test.ops[0], (ast.Eq, ast.NotEq)):
        left, right = right, left
    return _compare(left, test.ops[0], right, version)


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr, version: Version) -> Optional[bool]:
    compare, value = _COMPARISONS.get(type(operator)), literal(right)
    if compare is None or value is None:
        return None
    if isinstance(left, ast.Subscript) and dotted(left.value) == "sys.version_info":
        if literal(left.slice) == 0 and isinstance(value, int):
            return bool(compare(version[0], value))
        bounds = getattr(left.slice, "lower", None), literal(getattr(left.slice, "upper", None))
        return bool(compare(version, value)) if bounds == (None, 2) and isinstance(value, tuple) else None
    name = dotted(left.func) + "()" if isinstance(left, ast.Call) else dotted(left)
    if name == "sys.version_info" and isinstance(value, tuple) and 0 < len(value) <= 2:
        full = (*version, 0)  # longer than `value`, as sys.version_info is
        return bool(compare(full, value)) if type(operator) not in (ast.Eq, ast.NotEq) else None
    known = _PLATFORM.get(name)
    comparable = isinstance(value, tuple if isinstance(operator, (ast.In, ast.NotIn)) else str)
    return bool(compare(known, value)) if known and comparable else None


def always_raises(body: list[ast.stmt]) -> bool:
    """Whether a block that is run to its end raises or exits."""
    return any(isinstance(node, ast.Raise) or _is_exit(node) for node in body)


def _is_exit(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) in _EXITS


def may_return(node: ast.stmt, how: Any = (ast.Return, ast.Raise)) -> bool:
    """Whether a statement may end the function that it is in."""
    if not isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
        return False
    return any(isinstance(inner, how) for inner in ast.walk(node))


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    return catches(handler, IMPORT_ERRORS)


def catches(handler: ast.ExceptHandler, names: Iterable[str]) -> bool:
    """Whether a handler is for exceptions of one of these names, or for all."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind).rpartition(".")[2] in names for kind in kinds)


def _suppresses(node: ast.With) -> bool:
    for item in node.items:
        call = item.context_expr
        if isinstance(call, ast.Call) and dotted(call.func).rpartition(".")[2] == "suppress":
            return any(dotted(argument).rpartition(".")[2] in IMPORT_ERRORS for argument in call.args)
    return False


def _tests_platform(test: ast.expr) -> bool:
    return any(isinstance(node, ast.Attribute) and dotted(node).startswith(_PLATFORM_TESTS) for node in ast.walk(test))


def _tests_presence(test: ast.expr) -> bool:
    """`if os.path.exists("local_settings.py"):` and `if find_spec("yaml"):`."""
    functions = (node.func for node in ast.walk(test) if isinstance(node, ast.Call))
    return any(getattr(node, "attr", getattr(node, "id", "")) in _PRESENCE for node in functions)
