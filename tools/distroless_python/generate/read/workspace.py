"""What MODULE.bazel says: the module's name, under which names it knows others, and its hubs of wheels."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

from distroless_python.errors import Collector
from distroless_python.generate.starlark.nodes import dotted, first_text, is_call, string_value, text_argument
from distroless_python.generate.starlark.parser import StarlarkSyntaxError, parse

OWN_MODULE = "rules_distroless_python"


@dataclass(frozen=True)
class HubTag:
    """A hub of wheels that MODULE.bazel declares: `lock` is the label of its lock or requirements file."""

    name: str
    lock: str
    kind: str


@dataclass
class Workspace:
    """The workspace's module.

    Attributes:
        exists: it has a MODULE.bazel.
        name: the module's name, empty where it has none.
        repositories: a module's name to the name of its repository here.
        versions: a module's name to the version that is asked for.
        hubs: in the order of the file.
        bases: the names of its `distroless.base`s.
        locks: the locks that its tags name: package and file.
        files: MODULE.bazel and what it includes.
    """

    exists: bool = False
    name: str = ""
    repositories: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    hubs: list[HubTag] = field(default_factory=list)
    bases: list[str] = field(default_factory=list)
    locks: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def load_label(self, module: str, path: str) -> str:
        """The label of a `.bzl` file of a module, `path` as `//package:file`."""
        return path if module == self.name else f"@{self.repositories.get(module, module)}{path}"


def read_workspace(root: Path, problems: Collector) -> Workspace:
    """Reads MODULE.bazel and the files that it includes."""
    workspace = Workspace()
    pending, seen = ["MODULE.bazel"], set()
    while pending:
        path = pending.pop(0)
        if path in seen:
            continue
        seen.add(path)
        workspace.files.append(path)
        text = _read(root, path, problems)
        if text is None:
            continue
        workspace.exists = True
        try:
            file = parse(text)
        except StarlarkSyntaxError as error:
            problems.add(path, f"does not parse: {error.reason}", "correct it", f"line {error.line}")
            continue
        extensions: dict[str, str] = {}
        for statement in file.statements:
            pending += _statement(statement, extensions, workspace)
    return workspace


def _read(root: Path, path: str, problems: Collector) -> Optional[str]:
    try:
        return (root / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        if path != "MODULE.bazel":
            problems.add("MODULE.bazel", f"includes {path}, which is not there", "make the file, or remove the include")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(path, f"cannot be read: {error}", "make it a readable UTF-8 file")
    return None


def _statement(statement: ast.stmt, extensions: dict[str, str], workspace: Workspace) -> list[str]:
    """Takes in a statement; returns the files that it includes."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        call = statement.value
        if isinstance(call, ast.Call) and is_call(call, "use_extension") and len(call.args) > 1:
            extensions[statement.targets[0].id] = string_value(call.args[1]) or ""
        return []
    included: list[str] = []
    single = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    for node in [statement.value] if isinstance(statement, ast.Expr) and single else ast.walk(statement):
        if isinstance(node, ast.Call):
            included += _call(node, extensions, workspace)
    return included


def _call(call: ast.Call, extensions: dict[str, str], workspace: Workspace) -> list[str]:
    function = dotted(call.func)
    owner, _, tag = function.partition(".")
    name = text_argument(call, "name")
    if function == "module":
        workspace.name = name
        if text_argument(call, "repo_name"):
            workspace.repositories[name] = text_argument(call, "repo_name")
    elif function == "bazel_dep":
        workspace.repositories[name] = text_argument(call, "repo_name") or name
        workspace.versions[name] = text_argument(call, "version")
    elif function == "include" and first_text(call):
        return [label_path(first_text(call))]
    elif extensions.get(owner) in ("distroless", "pip"):
        _tag(extensions[owner], tag, call, workspace)
    return []


def _tag(extension: str, tag: str, call: ast.Call, workspace: Workspace) -> None:
    """Takes in a tag of an extension that has hubs or bases."""
    name, lock = text_argument(call, "name"), text_argument(call, "lock")
    if extension == "distroless" and tag == "wheels":
        workspace.hubs.append(HubTag(name, label_path(lock), "wheels"))
    elif extension == "distroless" and tag == "base" and name:
        workspace.bases.append(name)
    elif extension == "pip" and tag == "parse":
        lock = text_argument(call, "requirements_lock") or text_argument(call, "requirements_linux")
        workspace.hubs.append(HubTag(text_argument(call, "hub_name"), label_path(lock), "pip"))
    package, _, file = lock.removeprefix("@").rpartition(":")
    if file and (not package or package.startswith("//")):
        workspace.locks.append((package[2:], file))


def label_path(label: str) -> str:
    """The path of the file that a label of this workspace names."""
    package, _, target = label.lstrip("@").lstrip("/").partition(":")
    if not target and "//" not in label:
        return package
    return f"{package}/{target}" if package and target else package or target
