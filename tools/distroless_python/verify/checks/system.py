"""Findings about what Python code asks the system for by itself: libraries that it opens, programs that it starts."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from distroless_python.debian.sonames import sonames_of
from distroless_python.verify import remedies
from distroless_python.verify.codes import ERROR, WARNING
from distroless_python.verify.contents import ImageLayer, VerifiedImage
from distroless_python.verify.findings import Finding
from distroless_python.verify.known_needs import KNOWN_NEEDS, LIBRARY
from distroless_python.verify.program import Program, is_first_party

SHELLS = ("bin/sh", "usr/bin/sh")
"""Where a shell would be."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SURE = ("import", "main")


def check(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """Everything about libraries and programs."""
    libraries = Libraries(image)
    for name, module in program.reach.reached.items():
        layer = program.layer(module.path)
        if module.path and layer:
            for names, how, line in program.reach.facts_of(module.path).libraries:
                if how in _SURE and not libraries.has(names, layer):
                    where = f"{image.short(module.path)}:{line}" if line else image.short(module.path)
                    yield _missing_library(image, layer, names, name, where)
    yield from _known(image, program, libraries)
    yield from _programs(image, program)
    yield from _shells(image, program)


class Libraries:
    """The libraries of an image by the names that Python code opens them by."""

    def __init__(self, image: VerifiedImage) -> None:
        directories = [*image.base.library_path, *filter(None, image.env.get("LD_LIBRARY_PATH", "").split(":"))]
        self._names = {name for path in directories for name in image.tree.names(path.strip("/")) if ".so" in name}
        self._bundled: dict[ImageLayer, tuple[str, ...]] = {}

    def has(self, names: Iterable[str], layer: ImageLayer) -> bool:
        """Whether one of a library's names opens it, or the layer that opens it brings it along."""
        if layer not in self._bundled:
            files = (posixpath.basename(file.path) for file in layer.contents.files)
            self._bundled[layer] = tuple(name for name in files if ".so" in name)
        return any(self._is_there(name) or self._is_bundled(name, layer) for name in names)

    def _is_there(self, name: str) -> bool:
        if ".so" in name:
            return name in self._names
        return any(there.startswith(f"lib{name}.so") for there in self._names)

    def _is_bundled(self, name: str, layer: ImageLayer) -> bool:
        """auditwheel puts a hash into names (`libfoo-1a2b3c4d.so.1`), and wheels shorten them (`foo_c`)."""
        stem = name.partition(".so")[0].removeprefix("lib")
        for there in self._bundled[layer]:
            bare = there.removeprefix("lib")
            short = re.split(r"[-.]", bare)[0]
            if bare.startswith(stem) or (len(short) > 3 and stem.startswith(short)):
                return True
        return False


def _missing_library(
    image: VerifiedImage, layer: ImageLayer, names: tuple[str, ...], module: str, where: str, level: str = ERROR
) -> Finding:
    sonames = [name for name in names if ".so." in name and remedies.knows(image, name)]
    sonames += [soname for name in names for soname in sonames_of(image.base.release.name, name)]
    subject = sonames[0] if sonames else names[0]
    others = f" ({', '.join(names)})" if sonames and names != (subject,) else ""
    return Finding(
        "missing-library",
        subject,
        f"the module {module} opens {subject}{others} when it is imported, and it is not in the image",
        remedies.for_library(image, layer, subject),
        "" if is_first_party(layer) else layer.title,
        (where,),
        level,
    )


def _known(image: VerifiedImage, program: Program, libraries: Libraries) -> Iterator[Finding]:
    """An error where the module is surely imported, a warning where it only is in the image."""
    for need in KNOWN_NEEDS:
        module = program.reach.modules.find(need.module)
        layer = program.layer(module.path) if module else None
        if not module or not layer or is_first_party(layer) or need.variable in image.env:
            continue
        level = ERROR if need.module in program.reach.reached else WARNING
        if any(map(program.reach.modules.find, need.unless)):
            continue
        if need.kind == LIBRARY and not libraries.has(need.names, layer):
            yield _missing_library(image, layer, need.names, need.module, image.short(module.path), level)
        elif need.kind != LIBRARY and not any(has_program(image, name) for name in need.names):
            why = f"{need.module} starts it when it is imported"
            yield _missing_program(image, need.names[0], layer, why, module.path, level)


def has_program(image: VerifiedImage, name: str) -> bool:
    """Whether a program is there: an absolute path, or a name to be looked for in PATH."""
    if "/" in name:
        return not name.startswith("/") or image.tree.find(name.strip("/")) is not None
    directories = image.env.get("PATH", _PATH).split(":")
    return any(image.tree.find(posixpath.join(path, name).strip("/")) for path in directories)


def _programs(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """Programs that are started when a module is imported, and those that first-party code starts when it is called."""
    surely = {module.path: name for name, module in program.reach.reached.items()}
    for layer, facts in program.facts.items():
        for inner, module in facts.modules.items():
            path = f"{facts.root}/{inner}"
            for name, how, line in module.programs:
                sure = how in _SURE and path in surely
                if (sure or (is_first_party(layer) and how != "maybe")) and not has_program(image, name):
                    when = "when it is imported" if sure else "when it is called"
                    reason = f"{surely.get(path, image.short(path))} starts it {when}"
                    yield _missing_program(image, name, layer, reason, f"{path}:{line}", ERROR if sure else WARNING)


def _missing_program(
    image: VerifiedImage, name: str, layer: ImageLayer, why: str, where: str, level: str = ERROR
) -> Finding:
    return Finding(
        "missing-program",
        name,
        f"the program {name} is not in the image: {why}",
        remedies.for_program(image, name),
        "" if is_first_party(layer) else layer.title,
        (image.short(where),),
        level,
    )


def _shells(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """One warning for a first-party file that starts a shell; none in an image with one."""
    if any(image.tree.find(shell) for shell in SHELLS):
        return
    for path, module, _ in program.first_party():
        if module.shells:
            listed = ", ".join(f"{name} (line {line})" for name, line in module.shells)
            yield Finding(
                "shell-call",
                image.short(path),
                f"starts a shell, which the image does not have: {listed}",
                "start the program itself: subprocess.run([program, argument, ...])",
                files=(f"{image.short(path)}:{module.shells[0][1]}",),
            )
