"""Findings about what first-party code reads: files beside it, resources of packages, locales, time zones."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from distroless_python.verify import remedies
from distroless_python.verify.codes import ERROR, WARNING
from distroless_python.verify.contents import VerifiedImage
from distroless_python.verify.findings import Finding
from distroless_python.verify.program import Program

_CODE = "missing-data"
_ALWAYS_THERE = re.compile(r"|C|POSIX|C\.(?:UTF|utf)-?8")
_FOLDERS = {
    "TEMPLATES": "Django looks for templates there",
    "STATICFILES_DIRS": "Django collects static files from there",
    "LOCALE_PATHS": "Django looks for translations there",
    "FIXTURE_DIRS": "Django looks for fixtures there",
}


def check(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    """Everything about data: an error where it is read when the program starts, else a warning."""
    yield from _files(image, program)
    yield from _resources(image, program)
    yield from _locales(image, program)
    yield from _zones(image, program)


def _level(how: str, reached: bool) -> str:
    return ERROR if reached and how in ("import", "main") else WARNING


def _files(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    workdir = image.python_path[0] if image.python_path else "/"
    for path, module, reached in program.first_party():
        for name, how, line in module.data:
            relative = name.startswith("./")
            base = workdir if relative else f"/{posixpath.dirname(path)}"
            target = posixpath.normpath(posixpath.join(base, name))
            if how != "maybe" and image.tree.find(target.strip("/")) is None:
                beside = _beside(image, path, name) if relative else ""
                yield Finding(
                    _CODE,
                    target,
                    f"reads {target}, which is not in the image",
                    f'set workdir = "{beside}" of {image.label}' if beside else _bring(name),
                    files=(f"{image.short(path)}:{line}",),
                    level=_level(how, reached),
                )
        for name, setting, line in module.folders if reached else ():
            target = posixpath.normpath(f"/{posixpath.dirname(path)}/{name}")
            if image.tree.find(target.strip("/")) is None:
                yield Finding(
                    _CODE,
                    target,
                    f"{setting} names {target}, which is not in the image: {_FOLDERS[setting]}",
                    _bring(name) + ", or take the folder out of the setting",
                    files=(f"{image.short(path)}:{line}",),
                    level=WARNING,
                )


def _beside(image: VerifiedImage, path: str, name: str) -> str:
    """The folder, that of the module or one above it, from which a relative path leads to a file of the image."""
    folder = posixpath.dirname(path)
    while folder:
        if image.tree.find(posixpath.normpath(f"{folder}/{name}")):
            return f"/{folder}"
        folder = posixpath.dirname(folder)
    return ""


def _bring(name: str) -> str:
    return f"add {posixpath.normpath(name).replace('../', '')} to the data of the target that has the source"


def _resources(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    for path, module, reached in program.first_party():
        for package, name, how, line in module.resources:
            found = program.reach.modules.find(package) if package else None
            folders = found.directories if found else () if package else (posixpath.dirname(path),)
            if how == "maybe" or not folders:
                continue
            if not any(image.tree.find(posixpath.normpath(f"{folder}/{name}")) for folder in folders):
                target = f"/{folders[0]}/{name}"
                yield Finding(
                    _CODE,
                    target,
                    f"reads {name} of {package or posixpath.basename(folders[0])}, which is not in the image",
                    _bring(name),
                    files=(f"{image.short(path)}:{line}",),
                    level=_level(how, reached),
                )


def _locales(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    archives = ("usr/lib/locale/locale-archive", "usr/lib/locale/locales-all")
    if any(image.tree.find(path) for path in archives):
        return
    there = {_plain(name) for name in image.tree.names("usr/lib/locale")}
    for path, module, reached in program.first_party():
        for name, how, line in module.locales:
            if how != "maybe" and not _ALWAYS_THERE.fullmatch(name) and _plain(name) not in there:
                yield Finding(
                    _CODE,
                    name,
                    f"sets the locale {name}, which is not in the image",
                    remedies.for_package(image, "locales-all"),
                    files=(f"{image.short(path)}:{line}",),
                    level=_level(how, reached),
                )


def _plain(locale: str) -> str:
    return re.sub(r"[^a-z0-9_.@]", "", locale.lower())


def _zones(image: VerifiedImage, program: Program) -> Iterator[Finding]:
    site = image.base.python.dist_packages.strip("/")
    wanted = [
        (name, how, f"{image.short(path)}:{line}", reached)
        for path, module, reached in program.first_party()
        for name, how, line in module.zones
    ]
    wanted += [(name, "import", "TIME_ZONE", True) for name in program.settings.get("TIME_ZONE", ())]
    for name, how, where, reached in wanted:
        paths = (f"usr/share/zoneinfo/{name}", f"{site}/tzdata/zoneinfo/{name}")
        if how != "maybe" and name != "localtime" and not any(map(image.tree.find, paths)):
            yield Finding(
                _CODE,
                name,
                f"uses the time zone {name}, which is not in the image",
                f"add tzdata to the requirements and lock again, or {remedies.for_package(image, 'tzdata')}",
                files=(where,),
                level=_level(how, reached),
            )
