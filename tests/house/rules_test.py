"""What holds for every .bzl file of rules/: who may load it, what it loads, and that its errors are tested."""

from __future__ import annotations

import ast
import copy
import re
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


def test_folders_load_what_the_table_of_the_architecture_says_from_those_below_them() -> None:
    text = (ROOT / "docs/explanation/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) \|$", text.partition("\n## Rules\n")[2], re.M)
    table = {folder: set(re.findall(r"`(\w+)`", loads)) for folder, loads in rows}
    loads: dict[str, set[str]] = {module.path.split("/")[2]: set() for module in PRIVATE}
    for module in PRIVATE:
        labels = [label for label in module.loads() if label.startswith("//rules/private/")]
        loads[module.path.split("/")[2]] |= {re.split("[/:]", label)[4] for label in labels}
    assert table == {folder: names - {folder} for folder, names in loads.items()}
    order = list(table)
    assert [(a, b) for a in order for b in table[a] if order.index(b) < order.index(a)] == []


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


SUITES = [folder for folder in sorted((ROOT / "tests").glob("rules/*/")) if folder.name != "manifests"] + [
    ROOT / "tests/macros"
]
"""The packages of analysis tests; what is in `manifests` is a list of targets, and no test."""
KINDS = ("rule", "aspect", "transition")
DECLARED = [
    pytest.param(module, name, id=f"{module.path}:{name}")
    for module in PRIVATE
    if not module.folder.endswith("/extensions")  # repository rules run in //tests/workspace
    for kind in KINDS
    for name in module.assigned(kind)
]


@cache
def suites() -> str:
    """The sources of the analysis tests."""
    return "".join(path.read_text("utf-8") for folder in SUITES for path in sorted(folder.glob("*.b*")))


def named(word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", suites()) is not None


def test_suites_are_read_and_rules_found() -> None:
    assert len(SUITES) > 7
    assert len(DECLARED) > 40
    assert all("target_under_test = " in (folder / "BUILD.bazel").read_text("utf-8") for folder in SUITES)


@pytest.mark.parametrize(("module", "name"), DECLARED)
def test_every_rule_aspect_and_transition_has_a_suite_that_names_it(module: Module, name: str) -> None:
    """By itself, by a macro that calls it, by its target in rules/BUILD.bazel, or by the rule that it is part of."""
    assert any(map(named, [name, *macros_of(name), *targets_of(name), *users_of(module, name)])), f"no test of {name}"


def macros_of(name: str) -> list[str]:
    """The functions that call a rule, and those that call them."""
    own = [function for function, called in calls().items() if name in called]
    return own + [outer for macro in own for outer in macros_of(macro)]


@cache
def calls() -> dict[str, set[str]]:
    """Function to what it calls."""
    functions = [node for module in PRIVATE for node in module.tree.body if isinstance(node, ast.FunctionDef)]
    return {
        function.name: {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
        for function in functions
    }


def targets_of(name: str) -> list[str]:
    """The public targets of a rule: `//rules:no_base`."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "rules/BUILD.bazel").read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]
    words = [{word.arg: text(word.value) for word in call.keywords} for call in calls if ast.unparse(call.func) == name]
    return [f"//rules:{word['name']}" for word in words]


def users_of(module: Module, name: str) -> list[str]:
    """What a private transition or rule of a file is part of: that file's rule, and the macro over it."""
    own = [rule for rule in module.assigned("rule") if rule != name] if name.startswith("_") else []
    return own + [macro for rule in own for macro in macros_of(rule)]


@pytest.mark.parametrize("name", sorted({name for module in PRIVATE for name in module.assigned("provider")}))
def test_every_provider_is_read_by_a_suite(name: str) -> None:
    assert f"[{name}]" in suites(), f"no test reads {name}"


def mnemonics() -> list[str]:
    calls = [call for module in PRIVATE for call in module.calls("run_tool")]
    return sorted({text(word.value) for call in calls for word in call.keywords if word.arg == "mnemonic"} - {""})


@pytest.mark.parametrize("mnemonic", [*mnemonics(), "ImageReport", "ImageVerify"])
def test_every_action_is_looked_at_by_a_suite(mnemonic: str) -> None:
    assert f'actions_of(env, "{mnemonic}")' in suites(), f"no test looks at {mnemonic}"


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
