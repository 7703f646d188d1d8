"""What a BUILD file says that matters to the generator: its directives and its rules."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Optional

from distroless_python.generate.read.globs import Glob
from distroless_python.generate.starlark.nodes import (
    argument,
    dotted,
    is_call,
    module_of,
    string_value,
    symbols_of,
    text_argument,
)
from distroless_python.generate.starlark.parser import BuildFile, parse

DIRECTIVE = re.compile(r"#\s*(gazelle|distroless):(\S+)\s*(.*)")
_KEEP = re.compile(r"#\s*keep(?:$|[:\s])")


class Directive(NamedTuple):
    """A comment `# gazelle:key value` or `# distroless:key value`."""

    prefix: str
    key: str
    value: str
    line: int


class Files(NamedTuple):
    """What a list of files evaluates to, as far as it can be known without running it.

    Attributes:
        names: the strings in it.
        globs: pairs of patterns and excluded patterns of the `glob`s in it.
        opaque: a part of it cannot be known.
    """

    names: tuple[str, ...] = ()
    globs: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    opaque: bool = False

    def among(self, files: list[str]) -> list[str]:
        """Which of the files it holds."""
        chosen = set(self.names)
        for include, exclude in self.globs:
            wanted, unwanted = Glob(include), Glob(exclude)
            chosen |= {name for name in files if wanted.matches(name) and not unwanted.matches(name)}
        return [name for name in files if name in chosen]


class Rule(NamedTuple):
    """A rule of a BUILD file.

    Attributes:
        outputs: files that it makes, where it says so.
        keep: a comment says `# keep`: it is not touched.
        attributes: the names of the attributes it sets.
        texts: its attributes that are plain strings.
    """

    name: str
    kind: str
    line: int
    srcs: Files
    deps: Files
    outputs: tuple[str, ...] = ()
    keep: bool = False
    attributes: tuple[str, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def testonly(self) -> bool:
        """Whether only tests may depend on it."""
        return "testonly" in self.attributes

    def text(self, name: str) -> str:
        """The value of an attribute that is a plain string, else an empty string."""
        return dict(self.texts).get(name, "")


class BuildFacts(NamedTuple):
    """What is known of a BUILD file."""

    directives: tuple[Directive, ...] = ()
    rules: tuple[Rule, ...] = ()
    loads: tuple[tuple[str, str], ...] = ()

    def to_text(self) -> str:
        """A line of text that `from_text` understands."""
        return json.dumps(self, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> BuildFacts:
        """The facts of such a line."""
        directives, rules, loads = json.loads(text)
        return cls(
            tuple(Directive(*d) for d in directives),
            tuple(
                Rule(n, k, line, _files(srcs), _files(deps), tuple(outputs), keep, tuple(names), _pairs(texts))
                for n, k, line, srcs, deps, outputs, keep, names, texts in rules
            ),
            _pairs(loads),
        )


def _files(row: list[Any]) -> Files:
    names, globs, opaque = row
    return Files(tuple(names), tuple((tuple(include), tuple(exclude)) for include, exclude in globs), opaque)


def _pairs(rows: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in rows)


def read_build(text: str) -> BuildFacts:
    """The facts of a BUILD file.

    Raises:
        StarlarkSyntaxError: it does not parse.
    """
    return facts_of(parse(text))


def facts_of(file: BuildFile) -> BuildFacts:
    """The facts of a tree."""
    variables = file.variables()
    return BuildFacts(
        tuple(_directives(file)),
        tuple(_rule(call, file, variables) for call in file.calls()),
        tuple((name, module_of(load)) for load in file.loads() for name in symbols_of(load)),
    )


def _directives(file: BuildFile) -> Iterator[Directive]:
    for line, comment in file.top_level_comments():
        match = DIRECTIVE.match(comment.text)
        if match:
            yield Directive(match[1], match[2], match[3].strip(), line)


def has_keep(comments: Iterable[str]) -> bool:
    """Whether one of a node's comments says `# keep`."""
    return any(_KEEP.match(comment) for comment in comments)


def _rule(call: ast.Call, file: BuildFile, variables: dict[str, ast.expr]) -> Rule:
    arguments = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    outputs = evaluate(arguments.get("outs"), variables).names + evaluate(arguments.get("out"), variables).names
    texts = ((name, string_value(value)) for name, value in arguments.items())
    return Rule(
        name=text_argument(call, "name"),
        kind=dotted(call.func),
        line=call.lineno,
        srcs=evaluate(arguments.get("srcs"), variables),
        deps=evaluate(arguments.get("deps"), variables),
        outputs=outputs,
        keep=has_keep(file.comments_of_rule(call)),
        attributes=tuple(arguments),
        texts=tuple((name, text) for name, text in texts if text is not None),
    )


def evaluate(node: Optional[ast.expr], variables: dict[str, ast.expr], depth: int = 0) -> Files:
    """What an expression of a list of strings holds: literals, sums, `glob`, `select` and variables of the file."""
    if node is None:
        return Files()
    if isinstance(node, ast.Constant):
        return Files((node.value,)) if isinstance(node.value, str) else Files(opaque=node.value is not None)
    if isinstance(node, ast.Name) and node.id in variables and depth < 10:
        return evaluate(variables[node.id], variables, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _union([evaluate(node.left, variables, depth), evaluate(node.right, variables, depth)])
    if isinstance(node, ast.Call) and is_call(node, "glob"):
        return _glob(node, variables)
    if isinstance(node, ast.Call) and is_call(node, "select") and node.args and isinstance(node.args[0], ast.Dict):
        return _union([evaluate(value, variables, depth) for value in node.args[0].values])
    if isinstance(node, (ast.List, ast.Tuple)):
        return _union([evaluate(item, variables, depth) for item in node.elts])
    return Files(opaque=True)


def _glob(node: ast.Call, variables: dict[str, ast.expr]) -> Files:
    include, exclude = argument(node, "include"), argument(node, "exclude")
    first = include.value if include else node.args[0] if node.args else None
    wanted, unwanted = evaluate(first, variables), evaluate(exclude.value if exclude else None, variables)
    return Files((), ((wanted.names, unwanted.names),), wanted.opaque or unwanted.opaque)


def _union(parts: list[Files]) -> Files:
    return Files(
        tuple(dict.fromkeys(name for part in parts for name in part.names)),
        tuple(glob for part in parts for glob in part.globs),
        any(part.opaque for part in parts),
    )
