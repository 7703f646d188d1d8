"""What an image's Python imports from what it starts on: modules reached, and imports that find nothing.

Only what surely happens is followed: imports that run with their module, outside of `try` and tests.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from distroless_python.documents.python_facts import ModuleFacts
from distroless_python.layer.module_facts import absolute
from distroless_python.verify.module_path import BUILT_IN, NAMESPACE, Module, ModulePath, chain

_IN_PARTS = ("distutils", "lib2to3", "tkinter", "idlelib")
"""Packages of the standard library that Debian has in several of its own, so that parts may lack."""

STARTED = "the image starts it"
"""Why a program is imported."""

FactsOf = Callable[[str], ModuleFacts]
"""The facts of a module by its path in the image."""


class Start(NamedTuple):
    """A module that is imported from the outside.

    Attributes:
        name: dotted.
        why: what imports it: `gunicorn's argument`.
        attribute: the name may be that of something in the module: `a.b` may be `b` of `a`.
        as_main: it is run as `__main__`.
    """

    name: str
    why: str
    attribute: bool = False
    as_main: bool = False


class Reached(NamedTuple):
    """A module that is imported; `via` is the module, or the reason, that imports it first."""

    name: str
    path: str
    via: str


class Missing(NamedTuple):
    """An import that finds nothing.

    Attributes:
        name: the module that is not there, as far as its name leads: `a.b` of `a.b.c`.
        path: the file of the module that imports it; empty where it is imported from the outside.
        via: the name of that module, or the reason.
        below: the package above it that is there; empty if even its top is not.
    """

    name: str
    path: str
    via: str
    below: str = ""


class Reach:
    """Follows imports.

    Attributes:
        reached: by name.
        missing: by name and the path of the module that imports it.
        unsure: paths of modules that add to `sys.path` what is not known.
    """

    def __init__(self, modules: ModulePath, facts_of: FactsOf) -> None:
        self.modules = modules
        self.facts_of = facts_of
        self.reached: dict[str, Reached] = {}
        self.missing: dict[tuple[str, str], Missing] = {}
        self.unsure: list[str] = []
        self._pending: list[tuple[str, Module, bool]] = []

    def start(self, start: Start) -> None:
        """Imports a module, and all that it imports."""
        name, found = start.name, self.modules.find(start.name)
        if found is None and start.attribute and "." in name:
            name = name.rpartition(".")[0]
        if start.as_main and found and found.directories:
            name = f"{name}.__main__"
        self._import(name, "", start.why, start.as_main)
        self._follow()

    def run(self, path: str, name: str) -> None:
        """Runs a file as the program."""
        self.reached[name] = Reached(name, path, STARTED)
        self._pending.append((name, Module("module", (path,)), True))
        self._follow()

    def absolute(self, text: str, module: Reached) -> str:
        """An import of a module by the name that it has in the image."""
        return _absolute(text, module.name, _is_package(module.path))

    def lacks(self, text: str, module: Reached) -> str:
        """The first part of a module's name that another's import does not find; empty where all is there."""
        for target, sure in self._targets(text, module.name, module.path):
            lacking = self._lacks(target) if sure else None
            if lacking:
                return lacking[0]
        return ""

    def _follow(self) -> None:
        while self._pending:
            name, module, as_main = self._pending.pop()
            if not module.is_source:
                continue
            facts = self.facts_of(module.path)
            self._add_paths(module.path, facts.paths)
            texts = [*facts.imports, *(facts.main if as_main else ()), *facts.named]
            texts += self._fallbacks(Reached(name, module.path, ""), facts)
            for text in texts:
                for target, sure in self._targets(text, name, module.path):
                    if sure or self.modules.find(target):
                        self._import(target, module.path, name, False)

    def _fallbacks(self, module: Reached, facts: ModuleFacts) -> Iterator[str]:
        """What is imported where a `try` finds nothing; what the `try` imports where its fallback is not there either.

        What a `try` finds is not followed: if that cannot be imported, the fallback is.
        """
        for one, other in facts.either:
            if any(self.lacks(text, module) for text in one):
                yield from one if any(self.lacks(text, module) for text in other) else other

    def _add_paths(self, path: str, added: Iterable[str]) -> None:
        """A module may add to `sys.path`; where it is not known what, its package may import anything."""
        for folder in added:
            if folder == "?":
                self.unsure.append(path)
            else:
                self.modules.add(posixpath.normpath(posixpath.join(posixpath.dirname(path), folder)))

    def _targets(self, text: str, name: str, path: str) -> Iterator[tuple[str, bool]]:
        """The modules that an import asks for; those that may also be names in a module are not sure."""
        dotted, _, names = _absolute(text, name, _is_package(path)).partition(":")
        if dotted:
            yield dotted, True
        found = self.modules.find(dotted) if dotted else None
        for inner in filter(None, names.split(",")):
            if inner != "*" and dotted:
                yield f"{dotted}.{inner}", found is not None and found.kind == NAMESPACE

    def _import(self, target: str, path: str, via: str, as_main: bool) -> None:
        if target in self.reached:  # with all that is above it
            return
        lacking = self._lacks(target)
        for name in chain(target):
            module = self.modules.find(name)
            if module is None:
                break
            if name not in self.reached:
                self.reached[name] = Reached(name, module.path, via)
                self._pending.append((name, module, as_main and name == target))
        if lacking:
            self.missing.setdefault((lacking[0], path), Missing(lacking[0], path, via, lacking[1]))

    def _lacks(self, target: str) -> tuple[str, str] | None:
        """The first part of a module's name that nothing provides, and what is above; None where all is there.

        What is below a module that makes names of its own (`six.moves`), or that is not Python, may be there.
        """
        above = ""
        for name in chain(target):
            found = self.modules.find(name)
            if found is None:
                return None if above and self._may_have_more(above) else (name, above)
            above = name
        return None

    def _may_have_more(self, name: str) -> bool:
        found = self.modules.find(name)
        if found is None or found.kind == BUILT_IN:
            return True
        if found.kind == NAMESPACE:
            return False
        if not found.is_source:
            return True
        facts = self.facts_of(found.path)
        unread = facts.unread and name.partition(".")[0] not in _IN_PARTS
        return facts.dynamic or unread or bool(facts.error[0])


def _absolute(text: str, name: str, is_package: bool) -> str:
    """A module's name as an import has it, for a module of this name."""
    if not text.startswith("."):
        return text
    pseudo = name.replace(".", "/") + ("/__init__.py" if is_package else ".py")
    return absolute(text, pseudo)


def _is_package(path: str) -> bool:
    return path.rpartition("/")[2].startswith("__init__.")
