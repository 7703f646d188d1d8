"""Requirements, their markers and version specifiers, as they stand in METADATA: `packaging` reads them.

https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from distroless_python.python._vendor.packaging.requirements import InvalidRequirement, Requirement
from distroless_python.python._vendor.packaging.specifiers import InvalidSpecifier, SpecifierSet
from distroless_python.python._vendor.packaging.version import InvalidVersion
from distroless_python.python.names import normalize_name

__all__ = ["InvalidRequirement", "Requirement", "admits", "applies", "parse", "python_fits", "requirement_name"]

_PATCH_RELEASES = 100
"""No minor version of Python has had as many."""


@lru_cache(maxsize=1 << 14)
def parse(text: str) -> Requirement:
    """Reads a requirement. What is returned is shared and must not be changed.

    Raises:
        InvalidRequirement: it is not valid; the message says why.
    """
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise InvalidRequirement(f"{text!r} is not a valid requirement: {str(error).splitlines()[0]}") from None


def requirement_name(text: str) -> str:
    """The normalised name that a requirement is about; empty where it is not valid."""
    try:
        return normalize_name(parse(text).name)
    except InvalidRequirement:
        return ""


def applies(requirement: Requirement, environment: Mapping[str, str], extras: Collection[str] = ()) -> bool:
    """Whether the marker holds in `environment` without an extra, or with one of `extras` (normalised)."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def admits(requirement: Requirement, version: str) -> bool:
    """Whether `version` satisfies the specifiers. A pre-release counts: it was chosen when it was locked."""
    try:
        return requirement.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False


def python_fits(specifiers: str, version: str) -> bool:
    """Whether a Python satisfies a Requires-Python. As pip, takes one that is not a valid specifier for none.

    Args:
        specifiers: such as `>=3.8,<4`.
        version: `3.13.5`; or `3.13` where no more is known, and then any patch release will do.
    """
    try:
        specifier = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return True
    if version.count(".") > 1:
        return specifier.contains(version, prereleases=True)
    return any(specifier.contains(f"{version}.{patch}", prereleases=True) for patch in range(_PATCH_RELEASES))
