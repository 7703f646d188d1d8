"""Observes the Python modules of a layer while it is written, and keeps of their facts what others may ask for."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Optional

from distroless_python.documents.python_facts import ModuleFacts, PythonFacts, frozen
from distroless_python.python.source_facts import read_facts
from distroless_python.python.source_imports import Version

MAX_SOURCE = 4 << 20
"""Larger sources are not read."""

_NOT_LINUX = (".dll", ".dylib", ".lib", ".framework")


class ModuleReader:
    """Is shown the sources of a layer; what they ask for is `facts()`."""

    def __init__(self, root: str, version: str, first_party: bool) -> None:
        """For modules below `root` that are for a Python (`3.13`)."""
        self._root = root
        self._version = _numbers(version)
        self._first_party = first_party
        self._found: dict[str, dict[str, Any]] = {}
        self._invalid: dict[str, dict[str, Any]] = {}

    def is_invalid(self, path: str, line: int, reason: str) -> None:
        """Notes that the image's own Python cannot parse a module, whatever the tools' Python makes of it."""
        self._invalid[path[len(self._root) + 1 :]] = {"error": [line, reason]}

    def wants(self, path: str, size: int) -> bool:
        """Whether a file is a module to read."""
        return path.endswith(".py") and path.startswith(f"{self._root}/") and size <= MAX_SOURCE

    def add(self, path: str, source: bytes) -> None:
        """Reads a module; for any thread."""
        read = _read_once if self._first_party else read_facts
        self._found[path[len(self._root) + 1 :]] = read(source, self._version, self._first_party)

    def facts(self, paths: Iterable[str]) -> PythonFacts:
        """What was found, in a layer of these files."""
        start = f"{self._root}/"
        below = [path[len(start) :] for path in paths if path.startswith(start)]
        found = {**self._found, **self._invalid}
        _join_calls(found)
        if not self._first_party:
            own = Names(below)
            for path, facts in found.items():
                if "imports" in facts:
                    facts["imports"] = list(dict.fromkeys(own.shortened(facts["imports"], path)))
        kept = {path: ModuleFacts(**_kept(facts)) for path, facts in sorted(found.items())}
        return PythonFacts(self._root, {path: facts for path, facts in kept.items() if facts != ModuleFacts()})


_KEPT = 8192
_facts: dict[tuple[object, ...], str] = {}


def _read_once(source: bytes, version: Optional[Version], first_party: bool) -> dict[str, Any]:
    """`read_facts`, remembered: a worker lays a library's modules in many applications."""
    key = (hashlib.sha256(source).digest(), version, first_party)
    text = _facts.get(key)
    if text is None:
        if len(_facts) >= _KEPT:
            _facts.clear()
        _facts[key] = text = json.dumps(read_facts(source, version, first_party))
    found: dict[str, Any] = json.loads(text)
    return found


def _numbers(version: str) -> Optional[Version]:
    major, _, minor = version.partition(".")
    return (int(major), int(minor)) if major.isdigit() and minor.isdigit() else None


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts without what only other modules of the layer ask for, and what only other systems have."""
    libraries = []
    for names, how, line in facts.pop("libraries", ()):
        names = [name for name in names if not name.endswith(_NOT_LINUX)]
        if names:
            libraries.append((names, how, line))
    facts.pop("functions", None)
    facts.pop("calls", None)
    return {key: frozen(value) for key, value in {**facts, "libraries": libraries}.items()}


def _join_calls(found: Mapping[str, dict[str, Any]]) -> None:
    """What a function opens, the modules open that call it when they are imported."""
    functions = {path: facts["functions"] for path, facts in found.items() if "functions" in facts}
    if not functions:
        return
    for path, facts in found.items():
        for call in facts.get("calls", ()):
            for module, name in _splits(absolute(call, path)):
                for there in (f"{module}.py", f"{module}/__init__.py"):
                    needs = functions.get(there, {}).get(name, ())
                    facts.setdefault("libraries", []).extend([names, "import", 0] for names, _, _ in needs)


def _splits(name: str) -> Iterator[tuple[str, str]]:
    """Ways to read a dotted name as a module (as a path) and a function in it."""
    module, _, inner = name.replace(":", ".").strip(".").rpartition(".")
    yield module.replace(".", "/"), inner


def absolute(name: str, path: str) -> str:
    """A module's name as it stands in the module at `path`, without the dots that make it relative."""
    if not name.startswith("."):
        return name
    package = posixpath.dirname(path)
    rest = name[1:]
    while rest.startswith("."):
        package, rest = posixpath.dirname(package), rest[1:]
    dotted = package.replace("/", ".")
    return f"{dotted}{'' if not rest or rest.startswith(':') or not dotted else '.'}{rest}"


class Names:
    """The modules of a distribution, by their dotted names."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._names: set[str] = set()
        for path in paths:
            parts = path.split("/")
            for end in range(1, len(parts)):
                self._names.add(".".join(parts[:end]))
            if path.endswith((".py", ".pyc", ".so")):
                self._names.add(".".join((*parts[:-1], parts[-1].partition(".")[0])))

    def shortened(self, imports: Iterable[str], path: str) -> Iterator[str]:
        """Imports by absolute names; of the names imported from an own module, only those that are modules."""
        for item in imports:
            module, _, names = absolute(item, path).partition(":")
            if module not in self._names:
                may_be = ",".join(name for name in names.split(",") if name.islower() or name == "*")
                yield f"{module}:{may_be}" if may_be else module
                continue
            inner = [f"{module}.{name}" for name in names.split(",") if f"{module}.{name}" in self._names]
            yield from inner or [module]
