"""Which files beside sources are in which package."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from distroless_python.generate.read.globs import Glob
from distroless_python.generate.read.walk import Folder

_NO_DATA = Glob(
    (
        "package.json",
        "package-lock.json",
        "*.lock.json",
        "tsconfig*.json",
        "jsconfig.json",
        "composer.json",
        "renovate.json",
        "pyrightconfig.json",
        "requirements*",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        "MODULE.bazel*",
        "Dockerfile*",
        "README*",
        "LICENSE*",
        "*.bzl",
        "*.pyc",
        ".*",
    )
)


def is_data(name: str) -> bool:
    """Whether a file may be data of a program, by its name: what tools of developers read is not."""
    return not _NO_DATA.matches(name.rpartition("/")[2])


def package_files(path: str, folders: Mapping[str, Folder], packages: Collection[str]) -> list[str]:
    """The files of a package that are not Python sources: their paths below it, those of other packages left out.

    Args:
        packages: the folders that are packages of Bazel's.
    """
    found: list[str] = []
    pending = [path]
    while pending:
        folder = folders.get(pending.pop())
        if folder is None:
            continue
        found += [folder.join(name) for name in folder.others]
        pending += [p for p in map(folder.join, folder.folders) if p not in packages and not _has_build(p, folders)]
    start = len(path) + 1 if path else 0
    return sorted(file[start:] for file in found)


def _has_build(path: str, folders: Mapping[str, Folder]) -> bool:
    folder = folders.get(path)
    return folder is None or bool(folder.build)
