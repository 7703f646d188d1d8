"""A manifest's class is what the rules send: no member that nothing sends, and none sent that it does not know."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import re
import typing
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from nested import Nested

from distroless_python.actions.main import COMMANDS

TARGETS = "deps(//tests/rules/manifests)"
"""One target of each rule, in each of the ways in which it tells a command something."""


def manifest_class(command: str) -> type:
    """The dataclass that a command reads its manifest into."""
    module = importlib.import_module(f"distroless_python.actions.{command.replace('-', '_')}")
    (name,) = set(re.findall(r"read_manifest\([^,]+, (\w+)\)", inspect.getsource(module)))
    found: type = getattr(module, name)
    return found


def members(cls: Any, above: str = "") -> Iterator[str]:
    """The members of a class and of those within it: `label`, `output.layer`."""
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        yield f"{above}{field.name}"
        for inner in (hints[field.name], *typing.get_args(hints[field.name])):
            if dataclasses.is_dataclass(inner):
                yield from members(inner, f"{above}{field.name}.")


def sent(cls: Any, value: dict[str, Any], above: str = "") -> Iterator[str]:
    """What a line of a manifest has, in the same words."""
    hints = typing.get_type_hints(cls)
    for name, item in value.items():
        yield f"{above}{name}"
        hint = hints.get(name)
        classes = [inner for inner in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(inner)]
        for within in (item if isinstance(item, list) else [item]) if classes else []:
            if isinstance(within, dict):
                yield from sent(classes[0], within, f"{above}{name}.")


@pytest.fixture(scope="module")
def manifests(nested: Nested) -> dict[str, list[dict[str, Any]]]:
    """The lines of the manifests of every command: of actions, and of the files that programs are started with."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for action in nested.actions(TARGETS, "--include_param_files", "--include_file_write_contents"):
        arguments = [argument for argument in action.get("arguments", ()) if argument.startswith("{")]
        lines = arguments or action.get("fileContents", "").splitlines()
        if lines and lines[-1].startswith('{"action":'):
            found[json.loads(lines[-1])["action"]] += map(json.loads, lines[:-1])
    return found


def test_every_command_is_started_by_some_rule(manifests: dict[str, list[dict[str, Any]]]) -> None:
    assert sorted(manifests) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_class_has_what_is_sent_and_no_more(manifests: dict[str, list[dict[str, Any]]], command: str) -> None:
    cls = manifest_class(command)
    found = {member for line in manifests[command] for member in sent(cls, line)}
    assert sorted(found) == sorted(set(members(cls)))
