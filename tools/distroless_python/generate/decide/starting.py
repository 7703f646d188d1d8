"""How a program of sources is started elsewhere, and here: as a file, as a module, or by a server."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence

from distroless_python.generate.decide.plan import Plan
from distroless_python.generate.decide.servers import WORKERS, interface_of
from distroless_python.generate.read.commands import Command
from distroless_python.generate.read.facts import App, SourceFacts
from distroless_python.generate.read.targets import ENTRY_POINT, Target


def started_module(
    target: Target,
    path: str,
    command: Command,
    targets: Mapping[str, Target],
    facts: Callable[[str], SourceFacts],
    sources: Collection[str],
) -> str:
    """The module that a program is started as, by `-m`; empty where its file is.

    The folder of a file that is started comes first in `sys.path`: there a package's own modules hide those of the
    standard library, and relative imports fail.

    Args:
        path: the program's source.
        command: what starts it elsewhere.
        targets: all targets by their labels.
        sources: the paths of all sources.
    """
    folder, _, name = path.rpartition("/")
    roots = [target, *(targets[label] for label in target.deps if label in targets)]
    above = {root for t in roots for root in t.roots if folder.startswith(f"{root}/")}
    module = path[len(max(above, key=len, default="")) : -len(".py")].lstrip("/").removesuffix("/__main__")
    parts = module.split("/")
    imports = [entry.module for entry in facts(path).imports]
    itself = any(f"{entry}.".startswith(f"{'.'.join(parts)}.") for entry in imports)
    inside = name == "__main__.py" and (itself or f"{folder}/__init__.py" in sources)
    if inside or command.module or any(entry.startswith(".") for entry in imports):
        return ".".join(parts) if folder and all(part.isidentifier() for part in parts) else ""
    return ""


def served_app(path: str, module: str, commands: Sequence[Command]) -> list[App]:
    """The application that a command names, of whatever framework: `gunicorn shop.web:make_app()`."""
    for command in commands:
        interface = interface_of(command)
        for word in command.applications() if interface else ():
            name, _, variable = word.partition(":")
            if name == module or (name.endswith(".py") and command.starts(path, module)):
                called = "()" if {"--factory", "--call"}.intersection(command.words) else ""
                return [App(f"{variable or 'application'}{called}", interface, interface)]
    return []


def starts_something(command: Command, plans: Mapping[str, Plan], module_name: Callable[[str, Target], str]) -> bool:
    """Whether a command is about the workspace's own programs, and not about a database beside them."""
    targets = [target for plan in plans.values() for target in plan.targets]
    if command.words[0] in WORKERS or any(t.kind == ENTRY_POINT and t.name == command.words[0] for t in targets):
        return True
    names = {part for word in command.words for part in re.split(r"[/.:=]", word)} | {"__init__", "__main__"}
    return any(
        not names.isdisjoint(source[: -len(".py")].split("/"))
        and command.starts(target.path(source), module_name(target.path(source), target))
        for target in targets
        for source in target.sources
    )
