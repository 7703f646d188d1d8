"""Loads every library of an image's layers as a process would, and says what each of them got."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from distroless_python.verify.contents import ImageLibrary, VerifiedImage
from distroless_python.verify.loader import Loaded, Loader, Process


@dataclass
class Linked:
    """What one library needs and gets; a needed name that nothing provides maps to None.

    Attributes:
        providers: needed name to what the loader finds first.
        others: needed name to every library that some process had for it.
    """

    library: ImageLibrary
    providers: dict[str, ImageLibrary | None] = field(default_factory=dict)
    others: dict[str, list[ImageLibrary]] = field(default_factory=dict)


@dataclass(frozen=True)
class Linking:
    """All of an image.

    Attributes:
        native: the libraries of its layers that are for its machine and for glibc, in order of path.
        foreign: those that are not, and what they are for: `aarch64`, `musl`.
    """

    native: tuple[Linked, ...]
    foreign: tuple[tuple[ImageLibrary, str], ...]


def link(image: VerifiedImage) -> Linking:
    """Loads each library by itself into a process of the image's Python.

    A needed name that the loader does not find, but that is the soname of a library of the same distribution or of
    one that it requires, counts as found: Python code has loaded that before (`import torch`, `ctypes.CDLL`).
    Not where that other one has nothing to import: its code has not loaded anything.
    """
    libraries = sorted(image.libraries(), key=lambda library: library.facts.path)
    foreign = [(library, of) for library in libraries if (of := foreign_to(image, library))]
    mine = [library for library in libraries if not foreign_to(image, library)]
    paths = [path for path in image.env.get("LD_LIBRARY_PATH", "").split(":") if path.startswith("/")]
    loader = Loader(image.tree, image.base.architecture, image.base.library_path, paths)
    python = loader.load(image.base.python.executable, Process())
    linked = {id(library): Linked(library) for library in mine}
    for library in mine:
        is_program = bool(library.facts.interpreter) and not library.facts.soname
        process = loader.load(f"/{library.facts.path}", Process() if is_program else python)
        for item in process.loaded:
            if id(item.library) in linked:
                _note(linked[id(item.library)], item, process)
    _add_loaded_before(image, list(linked.values()))
    return Linking(tuple(linked.values()), tuple(foreign))


def foreign_to(image: VerifiedImage, library: ImageLibrary) -> str:
    """What a library is for if it is not for this image; empty if it is."""
    facts = library.facts
    if (facts.machine, facts.bits) != (image.machine, image.bits):
        return facts.machine
    musl = "ld-musl" in facts.interpreter or any(name.startswith("libc.musl-") for name in facts.needed)
    return "musl" if musl else ""


def _note(linked: Linked, item: Loaded, process: Process) -> None:
    for name in item.library.facts.needed:
        provider = process.names.get(name)
        found = provider.library if provider else None
        if linked.providers.get(name) is None:
            linked.providers[name] = found
        others = linked.others.setdefault(name, [])
        if found and found not in others:
            others.append(found)


def _add_loaded_before(image: VerifiedImage, all_linked: Sequence[Linked]) -> None:
    by_soname: dict[str, list[ImageLibrary]] = {}
    for linked in all_linked:
        if linked.library.facts.soname:
            by_soname.setdefault(linked.library.facts.soname, []).append(linked.library)
    for linked in all_linked:
        missing = [name for name, provider in linked.providers.items() if provider is None and name in by_soname]
        if missing and linked.library.layer:
            own = linked.library.layer
            others = (
                layer for layer in image.requirements_of(own) if not layer.about.wheel or layer.about.wheel.top_level
            )
            layers = {own, *others}
            for name in missing:
                found = next((library for library in by_soname[name] if library.layer in layers), None)
                if found:
                    linked.providers[name] = found
                    linked.others[name] = [found]


def missing_versions(linked: Linked) -> dict[str, tuple[str, ...]]:
    """Needed name to versions that none of its providers defines. One without any versions is taken as it is."""
    missing = {}
    for name, versions in linked.library.facts.requires.items():
        providers = linked.others.get(name, ())
        lacking = [_lacks(provider, versions) for provider in providers]
        if lacking and all(lacking):
            missing[name] = lacking[0]
    return missing


def _lacks(provider: ImageLibrary, versions: Iterable[str]) -> tuple[str, ...]:
    defined = provider.facts.defines
    return tuple(version for version in versions if version not in defined) if defined else ()
