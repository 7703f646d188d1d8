"""Which Debian package has which library, a module a release: tests/corpus/make_sonames.py writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from distroless_python.debian.sonames import debian11, debian12, debian13

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "debian11": debian11.SONAMES,
    "debian12": debian12.SONAMES,
    "debian13": debian13.SONAMES,
}

_NEEDED_BY: Mapping[str, Mapping[str, str]] = {
    "debian11": debian11.NEEDED_BY,
    "debian12": debian12.NEEDED_BY,
    "debian13": debian13.NEEDED_BY,
}


def sonames_of(release: str, name: str) -> tuple[str, ...]:
    """The sonames that a release (`debian13`) has for a library as `find_library` names it: `magic`."""
    start = f"lib{name}.so."
    everything = (soname for sonames in _PACKAGES.get(release, {}).values() for soname in sonames.split())
    return tuple(sorted(soname for soname in everything if soname.startswith(start)))


def package_of(release: str, soname: str) -> str:
    """The package of a release (`debian13`) that has a library; empty where that is not known here."""
    packages = _PACKAGES.get(release, {})
    return next((package for package, sonames in packages.items() if soname in sonames.split()), "")


def parts_needed(release: str, packages: Iterable[str]) -> tuple[str, ...]:
    """The parts of a base (`slim.SLIM`) that some packages of a release (`debian13`) need, as far as it is known."""
    wanted = set(packages)
    return tuple(part for part, names in _NEEDED_BY.get(release, {}).items() if wanted & set(names.split()))
