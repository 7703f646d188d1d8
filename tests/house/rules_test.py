"""What holds for every .bzl file of rules/: who may load it, what it loads, and that its errors are tested."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from nested import workspace
from starlark import Module, modules, text

ROOT = workspace()
MODULES = modules(ROOT)
PUBLIC = [module for module in MODULES if module.folder == "rules"]
PRIVATE = [module for module in MODULES if module.folder != "rules"]
RULES_PYTHON = ("pypi_name=", "pypi_version=", "rewrite-bin", "+patched-", "whl_library")
"""What only rules_python's `pip.parse` writes: names and marks that are no interface."""
HANDED_ON = {
    "rules/private/extensions/deb_repositories.bzl": "def test_a_package_that_is_gone(",
    "rules/private/extensions/locks.bzl": "expected a lock of format 1",
    "rules/private/extensions/tools.bzl": "expected a lock of format 1",
    "rules/private/extensions/wheel_repositories.bzl": "def test_a_wheel_that_is_gone(",
    "rules/private/wheel/unlocked.bzl": "has no distribution {name}; nearest",
    "rules/private/wheel/wheel_from_sdist.bzl": "two-words has no wheel for debian13_arm64",
}
"""Files that fail with a text which a program or another file composed, and a line of the test that expects one."""


def test_what_is_read_is_what_there_is() -> None:
    assert {Path(module.path).stem for module in PUBLIC} >= {
        "defs",
        "extensions",
        "oci",
        "providers",
        "pytest",
        "unittest",
    }
    assert len(PRIVATE) > 50


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.path)
def test_a_public_file_is_a_docstring_and_re_exports(module: Module) -> None:
    assert [text(call.args[0]) for call in module.calls("visibility")] == ["public"]
    assert ast.get_docstring(module.tree)
    for node in module.tree.body[1:]:
        called = ast.unparse(node.value.func) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else ""
        assert called in {"load", "visibility"} or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Name))


@pytest.mark.parametrize("module", PRIVATE, ids=lambda module: module.path)
def test_a_private_file_says_who_may_load_it(module: Module) -> None:
    assert len(list(module.calls("visibility"))) == 1
    if [text(call.args[0]) for call in module.calls("visibility")] == ["public"]:
        label = f"//{module.folder}:{Path(module.path).name}"
        assert any(label in source for source in sources_of_repositories()), "only what repositories load is public"


def sources_of_repositories() -> list[str]:
    """The sources of what writes BUILD files of repositories: those load private files from outside."""
    return [(ROOT / module.path).read_text("utf-8") for module in MODULES if module.folder.endswith("/extensions")]


def test_no_two_folders_load_each_other() -> None:
    loads: dict[str, set[str]] = defaultdict(set)
    for module in PRIVATE:
        for label in module.loads():
            if label.startswith("//rules/"):
                loads[module.folder].add(label[2:].partition(":")[0])
        loads[module.folder].discard(module.folder)
    assert len(loads) > 5
    assert [(a, b) for a, b in itertools.combinations(loads, 2) if b in loads[a] and a in loads[b]] == []


def test_the_repository_side_loads_no_rules() -> None:
    folder = "rules/private/extensions"
    own = [label for module in PRIVATE if module.folder == folder for label in module.loads() if label.startswith("//")]
    data = {"//rules/private/config:releases.bzl"}  # tables, and no rule
    assert {label for label in own if not label.startswith(f"//{folder}")} <= data


def test_rules_python_s_insides_are_known_in_one_folder() -> None:
    code = {module.path: _code(module) for module in MODULES}
    known = {path for path, lines in code.items() if any(mark in lines for mark in RULES_PYTHON)}
    assert {path.rpartition("/")[0] for path in known} == {"rules/private/pip_parse"}


def _code(module: Module) -> str:
    """A file without its docstrings and comments."""
    tree = copy.deepcopy(module.tree)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


@pytest.mark.parametrize(
    ("path", "call"),
    [
        pytest.param(module.path, call, id=f"{module.path}:{call.lineno}")
        for module in MODULES
        for call in module.calls("fail")
    ],
)
def test_every_error_is_expected_by_a_test(path: str, call: ast.Call) -> None:
    literals = [text(node) for node in ast.walk(call) if isinstance(node, ast.expr) and text(node)]
    parts = re.split(r"\{\w*\}", literals[0].replace("{{", "{").replace("}}", "}")) if literals else []
    words = max((part.strip(' ".:(') for part in parts), key=len, default="")
    if len(words) > 10:
        assert words in expected_messages(), f"no test expects “{words}” of {path}"
    else:
        assert HANDED_ON[path] in expected_messages(), f"no test expects what {path}:{call.lineno} hands on"


@cache
def expected_messages() -> str:
    """What the tests of rules and of the extension expect, with literals that stand on several lines joined."""
    found = ""
    for path in [*(ROOT / "tests/rules").rglob("*"), *(ROOT / "tests/workspace").rglob("*.py")]:
        if path.suffix in {".bazel", ".bzl", ".py"}:
            found += path.read_text("utf-8").replace('\\"', '"')
    return re.sub(r"""(["'])\s+f?["']""", "", found)


NATIVE = {"alias", "config_setting", "exports_files", "filegroup", "genrule", "glob", "package", "platform", "select"}
BUILTINS = {"any", "dict", "enumerate", "len", "list", "range", "repr", "sorted", "str", "zip"}


@pytest.mark.parametrize("path", sorted((ROOT / "tests/e2e").rglob("BUILD.bazel")), ids=str)
def test_workspaces_beside_this_one_load_what_they_call(path: Path) -> None:
    """Continuous integration runs them where other modules are to be had, and nowhere else."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name)]
    loads = [call for call in named if ast.unparse(call.func) == "load"]
    loaded = {text(name) for call in loads for name in call.args[1:]} | {
        str(word.arg) for c in loads for word in c.keywords
    }
    called = {ast.unparse(call.func) for call in named}
    assert called - loaded - NATIVE - BUILTINS - {"load"} == set()
