"""What runs when an image starts: the modules that its Python imports, and whose they are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from distroless_python.documents.python_facts import ModuleFacts, PythonFacts
from distroless_python.manifests.image import Entry
from distroless_python.verify.contents import ImageLayer, VerifiedImage
from distroless_python.verify.module_path import ModulePath
from distroless_python.verify.reach import STARTED, Missing, Reach, Start
from distroless_python.verify.starts import DRIVERS, Django, commands, starts

_NOTHING, _UNREAD = ModuleFacts(), ModuleFacts(unread=True)
_LONGEST = 1000
_SETTINGS = "DJANGO_SETTINGS_MODULE"
_FROM_WORKDIR = ("gunicorn", "uvicorn", "celery", "flask", "fastapi", "hypercorn", "daphne", "arq", "dramatiq", "rq")
"""Programs that import from the working directory, however they are started."""


@dataclass(frozen=True)
class Program:
    """What an image starts.

    Attributes:
        reach: the modules that are surely imported, and imports that find nothing.
        later: imports that find nothing, which wait for a call of first-party code.
        layers: the image's layers by the path of each of their modules.
        facts: of layers.
        directories: those that have only first-party modules below.
        settings: Django's, as far as they are known.
        started: what was followed: the entry, and what it is told to import.
    """

    reach: Reach
    layers: dict[str, ImageLayer]
    facts: dict[ImageLayer, PythonFacts]
    directories: frozenset[str] = frozenset()
    later: tuple[Missing, ...] = ()
    settings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    started: tuple[str, ...] = ()

    def layer(self, path: str) -> ImageLayer | None:
        """The layer that a module is from; None for the base's."""
        return self.layers.get(path)

    def is_first_party(self, path: str) -> bool:
        layer = self.layers.get(path)
        return layer is not None and is_first_party(layer)

    def is_first_party_directory(self, path: str) -> bool:
        """Whether only first-party files are below a directory."""
        return path in self.directories

    def first_party(self) -> Iterator[tuple[str, ModuleFacts, bool]]:
        """Every first-party module with facts: its path, them, and whether it is surely imported."""
        surely = {module.path for module in self.reach.reached.values()}
        for layer, facts in self.facts.items():
            if is_first_party(layer):
                for inner, module in facts.modules.items():
                    path = posixpath.join(facts.root, inner)
                    yield path, module, path in surely

    def missing(self) -> tuple[list[Missing], list[Missing]]:
        """Imports that find nothing: those that are sure, and those in first-party code that may find something yet.

        Code that adds to `sys.path` what is not known here may find whatever its own layers have somewhere: setuptools
        finds its copies of other distributions like that. Of those that do, nothing is said.
        """
        unsure = [layer for path in self.reach.unsure if (layer := self.layers.get(path))]
        ours = any(map(is_first_party, unsure))
        sure: list[Missing] = []
        doubtful: list[Missing] = []
        for missing in self.reach.missing.values():
            layer = self.layers.get(missing.path)
            own = layer is None or is_first_party(layer)
            within = [other for other in set(self.layers.values()) if is_first_party(other)] if own else [layer]
            adds = ours if own else layer in unsure
            if not (adds and any(other and _has_module(other, missing.name) for other in within)):
                sure.append(missing)
            elif own:
                doubtful.append(missing)
        return sure, doubtful

    def way(self, name: str) -> str:
        """How a module comes to be imported: `server → app.models`, the middle left out where it is long."""
        names = [name]
        while names[-1] in self.reach.reached and len(names) < _LONGEST:
            names.append(self.reach.reached[names[-1]].via)
        why, *names = reversed(names)
        shown = names if len(names) <= 4 else [names[0], "…", *names[-2:]]
        return " → ".join(shown) + ("" if why == STARTED else f" ({why})")


def _has_module(layer: ImageLayer, name: str) -> bool:
    """Whether a layer has a module, or a folder, of a name's first part anywhere."""
    top = name.partition(".")[0]
    starts = (f"/{top}.", f"/{top}/")
    return any(start in file.path for file in layer.contents.files for start in starts)


def is_first_party(layer: ImageLayer) -> bool:
    return layer.about.layer not in ("wheel", "deb")


def examine_program(
    image: VerifiedImage, entry: Entry, arguments: tuple[str, ...], more: Iterable[Start] = ()
) -> Program:
    """Follows the imports of what an image starts, and of `more`."""
    facts = {layer: layer.python for layer in image.layers if layer.python}
    layers: dict[str, ImageLayer] = {}
    for layer in image.layers:
        layers.update(layer.modules)

    def facts_of(path: str) -> ModuleFacts:
        layer = layers.get(path)
        if layer is None or layer.about.layer == "deb":
            return _UNREAD
        return facts[layer].at(path) if layer in facts else _NOTHING

    modules = ModulePath(image.tree, _directories(image, entry), image.base.soabi, image.machine, _aliases(image))
    reach = Reach(modules, facts_of)
    started = list(_start(image, entry, arguments, reach))
    for start in more:
        reach.start(start)
    for path, name in _drivers(reach, layers):
        reach.start(Start(name, f"a URL in /{path} names it"))
    django = Django(reach)
    for module, why in _settings_modules(image, reach):
        django.follow(module, why)
        started.append(f"{module} ({why})")
    program = Program(reach, layers, facts, _own_directories(image), (), django.settings, tuple(started))
    return replace(program, later=tuple(_later(program)))


def _drivers(reach: Reach, layers: dict[str, ImageLayer]) -> list[tuple[str, str]]:
    """Database drivers that are in the image and that URLs in first-party modules name, where SQLAlchemy is used."""
    if "sqlalchemy" not in reach.reached:
        return []
    ours = [m.path for m in reach.reached.values() if m.path in layers and is_first_party(layers[m.path])]
    named = [(path, DRIVERS.get(name, name)) for path in ours for name in reach.facts_of(path).drivers]
    return [(path, name) for path, name in named if reach.modules.find(name)]


def _aliases(image: VerifiedImage) -> dict[str, str]:
    """setuptools brings distutils where Python has none: https://setuptools.pypa.io/en/latest/deprecated/distutils-legacy.html"""
    texts = (text for layer in image.layers for path, text in layer.contents.texts.items() if path.endswith(".pth"))
    return {"distutils": "setuptools._distutils"} if any("_distutils_hack" in text for text in texts) else {}


def _own_directories(image: VerifiedImage) -> frozenset[str]:
    """The directories that only first-party layers have files below."""
    ours = {path for layer in image.layers if is_first_party(layer) for path in layer.directories}
    others = {path for layer in image.layers if not is_first_party(layer) for path in layer.directories}
    return frozenset(ours - others) - image.base_files.directories


def _directories(image: VerifiedImage, entry: Entry) -> Iterator[str]:
    """`sys.path`: https://docs.python.org/3/library/sys_path_init.html"""
    workdir, *imports = image.python_path
    if entry.kind == "file":
        yield posixpath.dirname(entry.value)
    if entry.kind == "module" or entry.value in _FROM_WORKDIR:
        yield workdir
    yield from imports
    yield from filter(None, image.env.get("PYTHONPATH", "").split(":"))
    yield from image.base.sys_path
    site = image.base.python.dist_packages.strip("/")
    for layer in image.layers:
        for path, text in layer.contents.texts.items():
            if path.endswith(".pth") and posixpath.dirname(path) == site:
                for line in text.splitlines():
                    if line.strip() and not re.match(r"#|import[ \t]", line):
                        yield posixpath.join(f"/{site}", line.strip())


def _start(image: VerifiedImage, entry: Entry, arguments: tuple[str, ...], reach: Reach) -> Iterator[str]:
    """Imports what the entry and its arguments name; each as people know it."""
    if entry.kind == "file":
        path = entry.value.strip("/")
        if image.has(path):
            reach.run(path, posixpath.splitext(posixpath.basename(path))[0])
            yield entry.value
    scripts = {
        name: target
        for layer in image.wheels
        if layer.about.wheel
        for name, target in layer.about.wheel.entry_points.items()
    }
    for command in commands(entry, arguments, scripts):
        if reach.modules.find(command.module):  # else `missing-entry` says so
            reach.start(Start(command.module, STARTED, as_main=entry.kind == "module"))
        yield command.module
        for start in starts(command, image.env):
            reach.start(start)
            yield f"{start.name} ({start.why})"


def _settings_modules(image: VerifiedImage, reach: Reach) -> list[tuple[str, str]]:
    """Django's settings module: the environment's, or the one that a module that is imported sets."""
    if "django" not in reach.reached:
        return []
    name = image.env.get(_SETTINGS, "")
    if name:
        return [(name, f"{_SETTINGS} names it")]
    for module in list(reach.reached.values()):
        name = reach.facts_of(module.path).settings_module if module.path else ""
        if name:
            return [(name, f"{module.name} sets {_SETTINGS}")]
    return []


def _later(program: Program) -> Iterator[Missing]:
    """Imports in functions of the first-party modules that are reached, which find nothing."""
    reach = program.reach
    for module in list(reach.reached.values()):
        if module.path and program.is_first_party(module.path):
            for text in reach.facts_of(module.path).lazy:
                name = reach.lacks(text, module)
                if name and (name, module.path) not in reach.missing:
                    yield Missing(name, module.path, module.name)
