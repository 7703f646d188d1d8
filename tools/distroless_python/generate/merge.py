"""The targets of a package go into its BUILD file; what is there by hand stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .buildfacts import Files, evaluate
from .edit import (
    Value,
    add_load,
    find_rule,
    glob,
    new_rule,
    remove_attribute,
    remove_load,
    remove_rule,
    set_attribute,
    update_list,
)
from .images import Image, merge_images
from .packages import Package
from .plan import Plan
from .starlark.format import format_file, format_text
from .starlark.loads import module_of
from .starlark.parser import parse
from .starlark.strings import sort_key
from .starlark.syntax import Assign, BuildFile, Call, Node, Token
from .targets import BINARY, LIBRARY, PYTEST, TEST, TESTS, UNITTEST, Target, full_label, relative_label
from .workspace import OWN_MODULE, Workspace

LOADS = {
    LIBRARY: ("rules_python", "//python:py_library.bzl"),
    BINARY: ("rules_python", "//python:py_binary.bzl"),
    TEST: ("rules_python", "//python:py_test.bzl"),
    PYTEST: (OWN_MODULE, "//rules:pytest.bzl"),
    UNITTEST: (OWN_MODULE, "//rules:unittest.bzl"),
}


def merge(
    text: str,
    package: Package,
    plan: Plan,
    images: Iterable[Image],
    workspace: Workspace,
    is_removable: Callable[[str], bool],
) -> str:
    """The new text of a BUILD file, in buildifier's form; one that says the right things already stays as it is.

    Args:
        text: the text that is there, empty without.
        is_removable: whether a dependency (an absolute label) that no import asks for may go.
    """
    file = parse(text)
    for rule in plan.stale:
        remove_rule(file, rule.name)
    for target in plan.targets:
        if target.rule is None:
            _create(file, target, package, workspace)
        elif not target.rule.keep and (target.sources or target.rule.srcs.names):
            _update(file, target, package, is_removable)
    merge_images(file, package, images, workspace)
    for rule in plan.stale:
        remove_load(file, rule.kind)
    new = format_file(file)
    return text if new == format_text(text) else new


def _create(file: BuildFile, target: Target, package: Package, workspace: Workspace) -> None:
    settings = package.settings
    kind = settings.written_kind(target.kind)
    attributes: dict[str, Value] = {
        "name": target.name,
        "testonly": target.testonly,
        "srcs": sorted([*target.sources, *target.extra_sources]),
        "data": glob(target.data) if target.data else [],
        "env": dict(sorted(target.env.items())),
        "imports": _imports(target),
        "main": target.main,
        "pyi_deps": _labels(target.typing_deps, target.package),
        "pyi_srcs": target.stubs,
        "visibility": [] if target.kind in TESTS else settings.all_visibility(),
        "deps": _labels(target.deps, target.package),
    }
    file.statements.append(new_rule(kind, attributes))
    add_load(file, _load_label(file, target.kind, package, workspace), kind)


def _load_label(file: BuildFile, kind: str, package: Package, workspace: Workspace) -> str:
    """Where a kind is loaded from; one file has all kinds of rules_python, and where it is used it stays so."""
    mapped = dict(package.settings.kinds).get(kind)
    if mapped:
        return mapped.load
    module, path = LOADS[kind]
    together = workspace.load_label(module, "//python:defs.bzl")
    if module == "rules_python" and any(module_of(load) == together for load in file.loads()):
        return together
    return workspace.load_label(module, path)


def _update(file: BuildFile, target: Target, package: Package, is_removable: Callable[[str], bool]) -> None:
    rule = find_rule(file, target.name)
    if rule is None:
        return
    variables = _variables(file)
    made = {output for other in package.build.rules for output in other.outputs}
    present = {*package.ignored, *made, *target.sources}

    def is_gone(name: str) -> bool:
        return name.endswith((".py", ".pyi")) and not name.startswith((":", "//", "@")) and name not in present

    def is_unneeded(label: str) -> bool:
        return not target.incomplete and is_removable(full_label(label, target.package))

    update_list(rule, "srcs", _not_globbed(rule, target.sources, variables), variables, str, is_gone)
    for name, deps in (("deps", target.deps), ("pyi_deps", target.typing_deps)):
        if name == "deps" or package.settings.pyi_deps:
            labels = _labels(deps, target.package)
            update_list(rule, name, labels, variables, lambda label: full_label(label, target.package), is_unneeded)
    if package.settings.pyi_srcs:
        update_list(rule, "pyi_srcs", target.stubs, variables, str, lambda name: name not in package.stubs)
    update_list(rule, "imports", _imports(target), variables, str, lambda _: False)
    _update_data(rule, target, package, variables)
    if target.env and rule.argument("env") is None:
        set_attribute(rule, "env", dict(sorted(target.env.items())))
    if target.testonly and rule.argument("testonly") is None:
        set_attribute(rule, "testonly", True)


def _not_globbed(rule: Call, sources: list[str], variables: dict[str, Node]) -> list[str]:
    argument = rule.argument("srcs")
    found = evaluate(argument.value if argument else None, variables)
    globbed = set(Files((), found.globs).among(sources))
    return [source for source in sources if source not in globbed]


def _update_data(rule: Call, target: Target, package: Package, variables: dict[str, Node]) -> None:
    """A `glob` of the patterns that the settings name is the generator's; anything else is the user's."""
    argument = rule.argument("data")
    if argument is None:
        if target.data:
            set_attribute(rule, "data", glob(target.data))
        return
    value = argument.value
    if not isinstance(value, Call) or value.name != "glob" or len(value.items) != 1 or value.comments:
        return
    patterns = {pattern for include, _ in evaluate(value, variables).globs for pattern in include}
    if patterns <= set(package.settings.data) and patterns != set(target.data):
        if target.data:
            argument.value = glob(target.data)
        else:
            remove_attribute(rule, "data")


def _variables(file: BuildFile) -> dict[str, Node]:
    return {
        statement.target.text: statement.value
        for statement in file.statements
        if isinstance(statement, Assign) and isinstance(statement.target, Token)
    }


def _labels(deps: Iterable[str], package: str) -> list[str]:
    return sorted((relative_label(label, package) for label in deps), key=sort_key)


def _imports(target: Target) -> list[str]:
    return sorted(_way(target.package, root) for root in target.roots if root)


def _way(package: str, root: str) -> str:
    """How a folder is written in `imports`: as the way from the package."""
    here, there = [p for p in package.split("/") if p], [p for p in root.split("/") if p]
    common = 0
    while common < min(len(here), len(there)) and here[common] == there[common]:
        common += 1
    return "/".join([".."] * (len(here) - common) + there[common:]) or "."
