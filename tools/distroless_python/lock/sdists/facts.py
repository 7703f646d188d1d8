"""What a lock tells of a source distribution without building it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from packaging.utils import canonicalize_name

from distroless_python.lock.sdists import metadata, native, project
from distroless_python.lock.sdists.project import Project
from distroless_python.lock.sources import parse_toml
from distroless_python.lock.wheel import WheelFacts, parse_metadata

_NOT_PACKAGES = re.compile(
    r"(tests?|testing|docs?|examples?|samples?|benchmarks?|scripts|tools|build|bin|setup|conftest|noxfile)"
)


@dataclass(frozen=True)
class SourceFacts(WheelFacts):
    """What the lock needs of a source distribution, over what it needs of a wheel.

    Attributes:
        name: as it says itself, or as its file does.
        version: likewise; empty if neither does.
        certain: whether `requires` is so on every machine, not only on its authors'.
        build_requires: requirements of its build.
        pure: whether Python alone builds it.
        debs: the Debian packages that its build asks for.
    """

    name: str = ""
    version: str = ""
    certain: bool = False
    build_requires: tuple[str, ...] = ()
    pure: bool = False
    debs: tuple[str, ...] = ()


def read(stream: IO[bytes], file: str) -> SourceFacts:
    """Reads a source distribution's facts.

    Raises:
        ToolError: it is not an archive, or its metadata has lines that are not requirements.
        OSError: from the stream.
    """
    return of_project(project.of_stream(stream, file), file)


def of_project(found: Project, file: str) -> SourceFacts:
    """The facts of a project that was read; see `read`."""
    stated = metadata.read(found)
    name, version = name_and_version(file)
    facts = parse_metadata(stated.metadata(name), file, _top_level(found))
    pyproject = parse_toml(found.text("pyproject.toml"))
    backend = metadata.backend_of(pyproject)
    return SourceFacts(
        **vars(facts),
        name=name,
        version=stated.version or version,
        certain=stated.certain,
        build_requires=native.build_requires(found, pyproject),
        pure=native.is_pure(found, backend),
        debs=native.debs(name, found, backend),
    )


def name_and_version(file: str) -> tuple[str, str]:
    """The normalised name and the version that a file name says; empty where it does not."""
    stem = re.sub(r"\.(tar\.gz|tgz|tar\.bz2|zip)$", "", file)
    match = re.fullmatch(r"(.+?)-v?(\d[^-]*)", stem)
    return (canonicalize_name(match[1]), match[2]) if match else (canonicalize_name(stem), "")


def _top_level(found: Project) -> tuple[str, ...]:
    """What setuptools says can be imported; else the packages and modules at the top, or below src."""
    said = found.egg_info("top_level.txt").split()
    if said:
        return tuple(sorted(said))
    root = "src/" if any(name.startswith("src/") and name.endswith(".py") for name in found.names) else ""
    below = [name[len(root) :] for name in found.names if name.startswith(root) and name.endswith(".py")]
    names = {name[: -len("/__init__.py")] for name in below if name.count("/") == 1 and name.endswith("/__init__.py")}
    names |= {name[: -len(".py")] for name in below if "/" not in name}
    return tuple(sorted(name for name in names if name.isidentifier() and not _NOT_PACKAGES.fullmatch(name)))
