"""The targets of a package go into its BUILD file; what is there by hand stays."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from distroless_python.generate.decide.images import Image
from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.read.buildfacts import Files, evaluate
from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.packages import Package
from distroless_python.generate.read.targets import (
    BINARY,
    DISTRIBUTION_INFO,
    ENTRY_POINT,
    FILEGROUP,
    LIBRARY,
    PYTEST,
    TEST,
    TESTS,
    UNITTEST,
    Target,
    full_label,
    relative_label,
)
from distroless_python.generate.read.workspace import OWN_MODULE, Workspace
from distroless_python.generate.starlark.block import Block
from distroless_python.generate.starlark.nodes import argument, is_call, items_of, module_of
from distroless_python.generate.starlark.order import arranged
from distroless_python.generate.starlark.values import Globbed, Value, value_text
from distroless_python.generate.write.edit import Editor
from distroless_python.generate.write.merge_images import merge_images

LOADS = {
    LIBRARY: ("rules_python", "//python:py_library.bzl"),
    BINARY: ("rules_python", "//python:py_binary.bzl"),
    TEST: ("rules_python", "//python:py_test.bzl"),
    PYTEST: (OWN_MODULE, "//rules:pytest.bzl"),
    UNITTEST: (OWN_MODULE, "//rules:unittest.bzl"),
    ENTRY_POINT: (OWN_MODULE, "//rules:defs.bzl"),
    DISTRIBUTION_INFO: (OWN_MODULE, "//rules:defs.bzl"),
}


def merge(
    text: str,
    package: Package,
    plan: Plan,
    images: Iterable[Image],
    workspace: Workspace,
    is_removable: Callable[[str], bool],
) -> str:
    """The new text of a BUILD file: what is new is in buildifier's form, what need not change stays as it is.

    Args:
        text: the text that is there, empty without.
        is_removable: whether a dependency (an absolute label) that no import asks for may go.
    """
    editor = Editor(text)
    editor.add_directives(package.directives)
    if package.exports:
        editor.add_exports(package.exports)
    for rule in plan.stale:
        editor.remove_rule(rule.name)
    for target in plan.targets:
        if target.project is not None:
            _tell(editor, target, package, workspace)
        elif target.rule is None:
            _create(editor, target, package, workspace)
        elif not target.rule.keep and (target.sources or target.rule.srcs.names or target.deps):
            _update(editor, target, package, workspace, is_removable)
    merge_images(editor, package, images, workspace)
    for rule in plan.stale:
        editor.remove_load(rule.kind)
    return editor.text


def _tell(editor: Editor, target: Target, package: Package, workspace: Workspace) -> None:
    """Writes what is known of a distribution, or brings it up to date."""
    project, rule = target.project, editor.find_rule(target.name)
    if project is None or (target.rule is not None and target.rule.keep):
        return
    values: dict[str, Value] = {"version": project.version, "entry_points": dict(project.entry_points)}
    if rule is None:
        visibility = arranged(package.settings.all_visibility())
        names: dict[str, Value] = {"name": target.name, "distribution": project.name, "visibility": visibility}
        editor.add_rule(target.kind, {**names, **values})
    elif target.rule is not None and target.rule.text("version") != project.version:
        editor.set_attribute(rule, "version", project.version)
    editor.add_load(_load_label(editor, target.kind, package, workspace), target.kind)


def _create(editor: Editor, target: Target, package: Package, workspace: Workspace) -> None:
    settings = package.settings
    visibility = [] if target.kind in TESTS else arranged(settings.all_visibility())
    if target.kind == FILEGROUP:
        editor.add_rule(FILEGROUP, {"name": target.name, "srcs": Globbed(target.data), "visibility": visibility})
        return
    kind = settings.written_kind(target.kind)
    labels = _data_labels(target)
    script = target.kind == ENTRY_POINT
    attributes: dict[str, Value] = {
        "name": target.name,
        "testonly": target.testonly,
        "srcs": arranged([*target.sources, *target.extra_sources]),
        "data": Globbed(target.data, labels) if target.data else labels,
        "entry_point": target.main if script else "",
        "env": dict(sorted(target.env.items())),
        "imports": _imports(target),
        "main": "" if script else target.main,
        "pyi_deps": _labels(target.typing_deps, target.package),
        "pyi_srcs": target.stubs,
        "visibility": visibility,
        "deps": _labels(target.deps, target.package),
    }
    editor.add_rule(kind, attributes)
    _keep_namespaces(editor, target)
    editor.add_load(_load_label(editor, target.kind, package, workspace), kind)


def _keep_namespaces(editor: Editor, target: Target) -> None:
    """Bazel adds an `__init__.py` where there is none, unless it is told not to."""
    rule = editor.find_rule(target.name) if target.namespaces else None
    if rule is not None and argument(rule.rule, "legacy_create_init") is None:
        editor.set_attribute(rule, "legacy_create_init", 0)


def _load_label(editor: Editor, kind: str, package: Package, workspace: Workspace) -> str:
    """Where a kind is loaded from; one file has all kinds of rules_python, and where it is used it stays so."""
    mapped = dict(package.settings.kinds).get(kind)
    if mapped:
        return mapped.load
    module, path = LOADS[kind]
    together = workspace.load_label(module, "//python:defs.bzl")
    if module == "rules_python" and any(module_of(load.rule) == together for load in editor.loads()):
        return together
    return workspace.load_label(module, path)


def _change_kind(editor: Editor, rule: Block, target: Target, package: Package, workspace: Workspace) -> None:
    """A test that nothing ran may have got something that does."""
    if target.rule is None or package.settings.canonical_kind(target.rule.kind) == target.kind:
        return
    kind = package.settings.written_kind(target.kind)
    rule.set(rule.rule.func, kind)
    editor.add_load(_load_label(editor, target.kind, package, workspace), kind)
    editor.remove_load(target.rule.kind)


def _update(
    editor: Editor, target: Target, package: Package, workspace: Workspace, is_removable: Callable[[str], bool]
) -> None:
    rule = editor.find_rule(target.name)
    if rule is None:
        return
    _change_kind(editor, rule, target, package, workspace)
    made = {output for other in package.build.rules for output in other.outputs}
    present = {*package.ignored, *made, *target.sources}

    def is_gone(name: str) -> bool:
        return name.endswith((".py", ".pyi")) and not name.startswith((":", "//", "@")) and name not in present

    def is_unneeded(label: str) -> bool:
        mine = target.sources or label.startswith((":", "//"))  # Wheels of a library without sources are by hand.
        return bool(mine) and not target.incomplete and is_removable(full_label(label, target.package))

    editor.update_list(rule, "srcs", _not_globbed(editor, rule, target.sources), str, is_gone)
    for name, deps in (("deps", target.deps), ("pyi_deps", target.typing_deps)):
        if name == "deps" or package.settings.pyi_deps:
            labels = _labels(deps, target.package)
            editor.update_list(rule, name, labels, lambda label: full_label(label, target.package), is_unneeded)
    alone = target.sources[0] if target.kind == BINARY and len(target.sources) == 1 else ""
    if alone not in ("", f"{target.name}.py") and argument(rule.rule, "main") is None and is_call(rule.rule, BINARY):
        editor.set_attribute(rule, "main", alone)
    if package.settings.pyi_srcs:
        editor.update_list(rule, "pyi_srcs", target.stubs, str, lambda name: name not in package.stubs)
    editor.update_list(rule, "imports", _imports(target), str, lambda _: False)
    _update_data(editor, rule, target, package)
    _add_data_labels(editor, rule, target)
    if target.env and argument(rule.rule, "env") is None:
        editor.set_attribute(rule, "env", dict(sorted(target.env.items())))
    _keep_namespaces(editor, target)
    if target.testonly and argument(rule.rule, "testonly") is None:
        editor.set_attribute(rule, "testonly", True)


def _not_globbed(editor: Editor, rule: Block, sources: list[str]) -> list[str]:
    srcs = argument(rule.rule, "srcs")
    found = evaluate(srcs.value if srcs else None, editor.variables)
    globbed = set(Files((), found.globs).among(sources))
    return [source for source in sources if source not in globbed]


def _update_data(editor: Editor, rule: Block, target: Target, package: Package) -> None:
    """A `glob` of the patterns that the settings name is the generator's; anything else is the user's."""
    data = argument(rule.rule, "data")
    if data is None:
        if target.data:
            editor.set_attribute(rule, "data", Globbed(target.data))
        return
    value = data.value.left if isinstance(data.value, ast.BinOp) and isinstance(data.value.op, ast.Add) else data.value
    if not isinstance(value, ast.Call) or not is_call(value, "glob") or len(items_of(value)) != 1:
        return
    patterns = {pattern for include, _ in evaluate(value, editor.variables).globs for pattern in include}
    own = all(_is_own(pattern, package.settings.data) or pattern in target.data for pattern in patterns)
    if own and patterns != set(target.data) and not rule.has_comments(value):
        if target.data:
            rule.set(items_of(value)[0], value_text(target.data, rule.indent(data)))
        elif value is data.value:
            editor.remove_attribute(rule, "data")


def _is_own(pattern: str, settings: Iterable[str]) -> bool:
    """Whether the generator writes a pattern of data: one of the settings, or a file that such a one matches."""
    return any(pattern.removeprefix("**/") == known or Glob([known]).matches(pattern) for known in settings)


def _add_data_labels(editor: Editor, rule: Block, target: Target) -> None:
    labels = _data_labels(target)
    editor.update_list(rule, "data", labels, lambda label: full_label(label, target.package), lambda _: False)


def _data_labels(target: Target) -> list[str]:
    return arranged([*target.data_files, *_labels(target.data_labels, target.package)])


def _labels(deps: Iterable[str], package: str) -> list[str]:
    return arranged(relative_label(label, package) for label in deps)


def _imports(target: Target) -> list[str]:
    return arranged(_way(target.package, root) for root in target.roots if root)


def _way(package: str, root: str) -> str:
    """How a folder is written in `imports`: as the way from the package."""
    here, there = [p for p in package.split("/") if p], [p for p in root.split("/") if p]
    common = 0
    while common < min(len(here), len(there)) and here[common] == there[common]:
        common += 1
    return "/".join([".."] * (len(here) - common) + there[common:]) or "."
