"""Findings about compiled code: what it is for, what it needs, what it gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from distroless_python.formats.paths import printable
from distroless_python.layer.scan import PROGRAMS
from distroless_python.verify import gpu, optional, remedies
from distroless_python.verify.codes import ALLOWED, ERROR
from distroless_python.verify.contents import ImageLayer, ImageLibrary, VerifiedImage
from distroless_python.verify.findings import Finding
from distroless_python.verify.linking import Linked, Linking, missing_versions

_VERSION = re.compile(r"(.+?)_?(\d+(?:\.\d+)*)")


def check(image: VerifiedImage, linking: Linking) -> Iterator[Finding]:
    """Everything about libraries and programs in the image's layers."""
    yield from _foreign(image, linking)
    yield from _undefined_sonames(image, linking.native)
    yield from _undefined_versions(image, linking.native)
    yield from _unreadable(image)
    yield from _interpreters(image)


def _foreign(image: VerifiedImage, linking: Linking) -> Iterator[Finding]:
    """Files for another machine: all of a layer's, or one whose name says that this Python would import it."""
    native = {id(linked.library.layer) for linked in linking.native}
    suffix = f".{image.base.soabi}-{image.machine}-linux-gnu.so"
    groups: dict[tuple[int, str], list[ImageLibrary]] = {}
    for library, machine in linking.foreign:
        if id(library.layer) not in native or library.facts.path.endswith(suffix):
            groups.setdefault((id(library.layer), machine), []).append(library)
    for (_, machine), libraries in groups.items():
        layer = libraries[0].layer
        here = f"{image.machine} with glibc" if machine == "musl" else image.machine
        yield Finding(
            "wrong-machine",
            machine,
            f"is for {machine}, and the image is {here}",
            f"use a wheel for {here}: lock again for this image" if _wheel(layer) else f"build it for {here}",
            _title(layer),
            _paths(image, libraries),
        )


def _undefined_sonames(image: VerifiedImage, all_linked: Iterable[Linked]) -> Iterator[Finding]:
    groups: dict[tuple[int, str], list[ImageLibrary]] = {}
    for linked in all_linked:
        for name, provider in linked.providers.items():
            if provider is None and not (image.gpu and gpu.vendor_of(name) == image.gpu):
                groups.setdefault((id(linked.library.layer), name), []).append(linked.library)
    for (_, soname), libraries in groups.items():
        layer = libraries[0].layer
        paths = _paths(image, libraries)
        unneeded = optional.reason(layer, paths)
        yield Finding(
            "undefined-soname",
            soname,
            f"needs {soname}, which nothing in the image provides",
            remedies.for_soname(image, layer, soname),
            _title(layer),
            paths,
            ALLOWED if unneeded else ERROR,
            unneeded,
        )


def _undefined_versions(image: VerifiedImage, all_linked: Iterable[Linked]) -> Iterator[Finding]:
    """One finding for a layer and a family of versions (GLIBC, GLIBCXX), about the highest one."""
    groups: dict[tuple[int, str, str], list[tuple[str, ImageLibrary, ImageLibrary]]] = {}
    for linked in all_linked:
        for name, versions in missing_versions(linked).items():
            provider = linked.others[name][0]
            for version in versions:
                group = groups.setdefault((id(linked.library.layer), name, _family(version)), [])
                group.append((version, linked.library, provider))
    for (_, soname, family), members in groups.items():
        highest = max((version for version, _, _ in members), key=_number)
        provider = members[0][2]
        defined = [version for version in provider.facts.defines if _family(version) == family]
        newest = f"has up to {max(defined, key=_number)}" if defined else f"defines no {family} versions"
        layer = members[0][1].layer
        owner = _title(provider.layer) or "the base"
        yield Finding(
            "undefined-version",
            highest,
            f"needs {highest} of {soname}, and that of {owner} {newest}",
            remedies.for_version(image, layer, highest),
            _title(layer),
            _paths(image, dict.fromkeys(library for version, library, _ in members if version == highest)),
        )


def _family(version: str) -> str:
    match = _VERSION.fullmatch(version)
    return match[1] if match else version


def _number(version: str) -> tuple[int, ...]:
    match = _VERSION.fullmatch(version)
    return tuple(int(part) for part in match[2].split(".")) if match else ()


def _unreadable(image: VerifiedImage) -> Iterator[Finding]:
    for layer in image.layers:
        for file in layer.contents.unreadable:
            yield Finding(
                "unreadable-elf",
                image.short(file.path),
                f"starts as an ELF file and cannot be loaded: {file.reason}",
                "use a wheel that was built again; if nothing loads this file (test data), allow it",
                layer.title,
                (image.short(file.path),),
            )


def _interpreters(image: VerifiedImage) -> Iterator[Finding]:
    """Programs on PATH, scripts and ELF files, that need an interpreter or a loader that is not there.

    A Debian package is added for its libraries; what else it brings, such as shell scripts, is in bases, too.
    """
    for layer in image.layers:
        if layer.about.layer == "deb":
            continue
        found = [(script.path, script.interpreter) for script in layer.contents.scripts]
        found += [
            (elf.path, elf.interpreter)
            for elf in layer.contents.elf
            if elf.interpreter and elf.path.rpartition("/")[0] in PROGRAMS
        ]
        groups: dict[str, list[str]] = {}
        for path, interpreter in found:
            if not interpreter.startswith("/") or image.tree.find(interpreter) is None:
                groups.setdefault(interpreter, []).append(image.short(path))
        for interpreter, paths in groups.items():
            yield Finding(
                "missing-interpreter",
                printable(interpreter),
                f"is started by {printable(interpreter)}, which is not in the image",
                remedies.for_interpreter(image, interpreter),
                layer.title,
                tuple(sorted(paths)),
            )


def _wheel(layer: ImageLayer | None) -> bool:
    return layer is not None and layer.about.wheel is not None


def _title(layer: ImageLayer | None) -> str:
    return layer.title if layer else ""


def _paths(image: VerifiedImage, libraries: Iterable[ImageLibrary]) -> tuple[str, ...]:
    return tuple(sorted(image.short(library.facts.path) for library in libraries))
