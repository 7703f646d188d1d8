"""What is known of Debian's releases."""

from __future__ import annotations

from collections.abc import Mapping

from distroless_python.debian.sonames import debian11, debian12, debian13

SUPPORTED_UNTIL = {
    "debian10": "2024-06-30",
    "debian11": "2026-08-31",
    "debian12": "2028-06-30",
    "debian13": "2030-06-30",
}
"""The last day with updates by the LTS team: https://wiki.debian.org/LTS"""

GLIBC = {"debian10": "2.28", "debian11": "2.31", "debian12": "2.36", "debian13": "2.41"}
"""Releases, oldest first, and their glibc."""

_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "debian11": debian11.SONAMES,
    "debian12": debian12.SONAMES,
    "debian13": debian13.SONAMES,
}


def package_of(release: str, soname: str) -> str:
    """The package of a release (`debian13`) that has a library; empty where that is not known here."""
    packages = _PACKAGES.get(release, {})
    return next((package for package, sonames in packages.items() if soname in sonames.split()), "")
