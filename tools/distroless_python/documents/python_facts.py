"""What the Python modules of a layer ask for, as `X.contents.json` keeps it under `python`.

The facts of one module are described in `python/source_facts.py`; here those of a layer are kept together, and small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from distroless_python.decode import REPORT
from distroless_python.errors import Problem, ToolError

_IMPORTS = ("imports", "main", "maybe", "lazy")


class ModuleFacts(NamedTuple):
    """The facts of a module; fields are the keys of `source_facts`, empty where they are not there."""

    imports: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    lazy: tuple[str, ...] = ()
    either: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()
    named: tuple[str, ...] = ()
    libraries: tuple[tuple[tuple[str, ...], str, int], ...] = ()
    programs: tuple[tuple[str, str, int], ...] = ()
    shells: tuple[tuple[str, int], ...] = ()
    data: tuple[tuple[str, str, int], ...] = ()
    folders: tuple[tuple[str, str, int], ...] = ()
    resources: tuple[tuple[str, str, str, int], ...] = ()
    locales: tuple[tuple[str, str, int], ...] = ()
    zones: tuple[tuple[str, str, int], ...] = ()
    settings: Mapping[str, tuple[str, tuple[str, ...]]] = {}
    settings_module: str = ""
    paths: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    dynamic: bool = False
    error: tuple[int, str] = (0, "")
    unread: bool = False


_NOTHING = ModuleFacts()


@dataclass(frozen=True)
class PythonFacts:
    """The facts of a layer's modules.

    Attributes:
        root: the directory that all of them are below, without a leading slash.
        modules: path below it to facts; modules that ask for nothing are left out.
    """

    root: str = ""
    modules: Mapping[str, ModuleFacts] = field(default_factory=dict)

    def at(self, path: str) -> ModuleFacts:
        """The facts of a module by its path in the image, without a leading slash."""
        return self.modules.get(path[len(self.root) + 1 :] if self.root else path, _NOTHING)

    def to_json(self) -> dict[str, Any]:
        """As it is written: names of imported modules stand once, in `names`, and modules have their numbers."""
        names: dict[str, int] = {}
        modules = {}
        for path, facts in sorted(self.modules.items()):
            value = {key: item for key, item in facts._asdict().items() if item != _DEFAULTS[key]}
            for key in _IMPORTS:
                if key in value:
                    value[key] = [names.setdefault(name, len(names)) for name in value[key]]
            modules[path] = value
        return {"root": self.root, "names": list(names), "modules": modules}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], subject: str) -> PythonFacts:
        """Reads what `to_json` wrote.

        Raises:
            ToolError: it is of another form; `subject` is the file.
        """
        try:
            names = value["names"]
            modules = {path: _module(facts, names) for path, facts in value["modules"].items()}
            return cls(value["root"], modules)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise ToolError(Problem(subject, f"damaged: {error!r}", REPORT, "python")) from None


_DEFAULTS = _NOTHING._asdict()


def _module(value: Mapping[str, Any], names: list[str]) -> ModuleFacts:
    fields = {key: frozen(item) for key, item in value.items()}
    for key in _IMPORTS:
        if key in fields:
            fields[key] = tuple(names[number] for number in fields[key])
    return ModuleFacts(**fields)


def frozen(value: Any) -> Any:
    """A JSON value with tuples for its lists."""
    if isinstance(value, (list, tuple)):
        return tuple(map(frozen, value))
    return {key: frozen(item) for key, item in value.items()} if isinstance(value, dict) else value
