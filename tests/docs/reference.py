"""Writes docs/reference/rules.md from the rules' own documentation: `bazel run //tests/docs:reference`.

A .bzl file is syntactically Python, so `ast` reads it. Nothing is evaluated but strings, dictionaries of attributes and
their unions, through loads within the repository.
"""

from __future__ import annotations

import ast
import inspect
import os
import sys
from dataclasses import dataclass
from pathlib import Path

SECTIONS = (
    ("Images", "rules/defs.bzl"),
    ("Over rules_oci", "rules/oci.bzl"),
    ("Tests by pytest", "rules/pytest.bzl"),
    ("Tests by unittest", "rules/unittest.bzl"),
    ("Module extension", "rules/extensions.bzl"),
    ("Providers", "rules/providers.bzl"),
)


@dataclass(frozen=True)
class Module:
    """A parsed .bzl file: what it defines, and where what it loads comes from (path and name)."""

    path: str
    doc: str
    values: dict[str, ast.expr]
    functions: dict[str, ast.FunctionDef]
    loads: dict[str, tuple[str, str]]


class Sources:
    """The .bzl files below a root, parsed once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._modules: dict[str, Module] = {}

    def module(self, path: str) -> Module:
        if path not in self._modules:
            self._modules[path] = _parse(path, (self._root / path).read_text(encoding="utf-8"))
        return self._modules[path]

    def find(self, path: str, name: str) -> tuple[Module, str]:
        """The module that really defines `name`, through loads and plain assignments."""
        module = self.module(path)
        if name in module.loads:
            return self.find(*module.loads[name])
        value = module.values.get(name)
        if isinstance(value, ast.Name):
            return self.find(path, value.id)
        return module, name

    def attributes(self, path: str, node: ast.expr) -> dict[str, ast.Call]:
        """The attributes that an expression stands for: a dictionary, a union, or a name of one."""
        if isinstance(node, ast.BinOp):
            return {**self.attributes(path, node.left), **self.attributes(path, node.right)}
        if isinstance(node, ast.Name):
            module, name = self.find(path, node.id)
            return self.attributes(module.path, module.values[name])
        if not isinstance(node, ast.Dict):
            raise TypeError(f"{path}: no dictionary: {ast.unparse(node)}")
        items = zip(node.keys, node.values)
        return {_text(key): value for key, value in items if isinstance(value, ast.Call)}


def _parse(path: str, text: str) -> Module:
    tree = ast.parse(text)
    values, functions, loads = {}, {}, {}
    for node in tree.body:
        if isinstance(node, ast.Assign):  # of a provider with an `init`: the provider and its raw constructor
            first = node.targets[0].elts[0] if isinstance(node.targets[0], ast.Tuple) else node.targets[0]
            if isinstance(first, ast.Name):
                values[first.id] = node.value
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "load":
            source = _text(node.value.args[0])
            if not source.startswith("@"):
                target = (
                    source.lstrip("/").replace(":", "/")
                    if source.startswith("//")
                    else f"{Path(path).parent}/{source[1:]}"
                )
                for argument in node.value.args[1:]:
                    loads[_text(argument)] = (target, _text(argument))
                for keyword in node.value.keywords:
                    loads[str(keyword.arg)] = (target, _text(keyword.value))
    return Module(path, ast.get_docstring(tree) or "", values, functions, loads)


def _text(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "" if node is None else ast.unparse(node)


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _cell(text: str) -> str:
    return " ".join(inspect.cleandoc(text).split()).replace("|", "\\|")


def _attribute_row(name: str, call: ast.Call) -> str:
    kind = ast.unparse(call.func).replace("attr.", "").replace("_", " ")
    default = _keyword(call, "default")
    needed = _keyword(call, "mandatory") is not None
    value = "**needed**" if needed else f"`{ast.unparse(default)}`".replace("'", '"') if default is not None else ""
    return f"| `{name}` | {kind} | {value} | {_cell(_text(_keyword(call, 'doc')))} |"


def _attribute_table(attributes: dict[str, ast.Call]) -> list[str]:
    public = {name: call for name, call in attributes.items() if not name.startswith("_")}
    rows = [_attribute_row(name, public[name]) for name in sorted(public)]
    return ["| attribute | type | default | what it is |", "|---|---|---|---|", *rows, ""]


def _symbol(sources: Sources, path: str, name: str) -> list[str]:
    module, defined = sources.find(path, name)
    lines = [f"### {name}", ""]
    if defined in module.functions:
        function = module.functions[defined]
        lines += ["```python", f"{name}({ast.unparse(function.args)})".replace("'", '"'), "```", ""]
        lines += [_arguments(ast.get_docstring(function) or ""), ""]
        return lines + _attributes_of_macro(sources, module, function)
    call = module.values[defined]
    assert isinstance(call, ast.Call), f"{module.path}: {defined} is not a rule, provider or extension"
    lines += [inspect.cleandoc(_text(_keyword(call, "doc"))), ""]
    kind = ast.unparse(call.func)
    if kind == "rule":
        attrs = _keyword(call, "attrs")
        return lines + (_attribute_table(sources.attributes(module.path, attrs)) if attrs else [])
    if kind == "provider":
        fields = _keyword(call, "fields")
        assert isinstance(fields, ast.Dict)
        rows = [f"| `{_text(key)}` | {_cell(_text(value))} |" for key, value in zip(fields.keys, fields.values)]
        return [*lines, "| field | what it is |", "|---|---|", *rows, ""]
    return lines + _tags(sources, module, call)


def _arguments(doc: str) -> str:
    """A docstring with its `Args:` as a list."""
    text, _, arguments = doc.partition("\nArgs:\n")
    lines = [
        "- `{}`: {}".format(*line.strip().split(": ", 1))
        if line.startswith("    ") and line[4] != " "
        else line.strip()
        for line in arguments.splitlines()
    ]
    return text + "\n" + "\n".join(f"  {line}" if line[:2] != "- " else line for line in lines)


def _attributes_of_macro(sources: Sources, module: Module, macro: ast.FunctionDef) -> list[str]:
    """The attributes of the rule that a macro hands its `**kwargs` on to, without those that it sets itself."""
    calls = (node for node in ast.walk(macro) if isinstance(node, ast.Call))
    for call in (call for call in calls if ast.unparse(call.func) == f"{macro.name}_rule"):
        where, name = sources.find(module.path, ast.unparse(call.func))
        rule = where.values[name]
        assert isinstance(rule, ast.Call)
        attrs = _keyword(rule, "attrs")
        assert attrs is not None
        told = {keyword.arg for keyword in call.keywords}
        attributes = sources.attributes(where.path, attrs)
        return _attribute_table({name: value for name, value in attributes.items() if name not in told})
    return []


def _tags(sources: Sources, module: Module, extension: ast.Call) -> list[str]:
    lines = []
    tags = _keyword(extension, "tag_classes")
    assert isinstance(tags, ast.Dict)
    for key, value in zip(tags.keys, tags.values):
        assert isinstance(value, ast.Name)
        where, name = sources.find(module.path, value.id)
        tag = where.values[name]
        assert isinstance(tag, ast.Call)
        attrs = _keyword(tag, "attrs")
        assert attrs is not None
        lines += [f"#### distroless.{_text(key)}", "", inspect.cleandoc(_text(_keyword(tag, "doc"))), ""]
        lines += _attribute_table(sources.attributes(where.path, attrs))
    return lines


def reference(root: Path) -> str:
    """The whole page."""
    sources = Sources(root)
    lines = ["<!-- Written by `bazel run //tests/docs:reference`. -->", "", "# Rules", ""]
    for title, path in SECTIONS:
        if not (root / path).exists():
            continue
        module = sources.module(path)
        lines += [f"## {title}", "", f"`@rules_distroless_python//{path.replace('/', ':', 1)}`", "", module.doc, ""]
        for name in module.values:
            lines += _symbol(sources, path, name)
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    (root / "docs/reference/rules.md").write_text(reference(root), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
