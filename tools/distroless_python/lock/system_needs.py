"""Which Debian packages an image needs for distributions that load a library of the system.

Verification sees what a layer really loads, but only once there is an image. What is known here goes into the wheel
lock, from where the base's lock and `debs` of new images have it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from distroless_python.debian.sonames import package_of, sonames_of
from distroless_python.lock.wheels_lock import LockedFile, WheelsLock

LOADED: Mapping[str, tuple[str, ...]] = {
    "cairocffi": ("cairo",),
    "cairosvg": ("cairo",),
    "file-magic": ("magic",),
    "libarchive-c": ("archive",),
    "libusb1": ("usb-1.0",),
    "mysqlclient": ("mariadb",),
    "opencv-contrib-python": ("GL", "gthread-2.0"),
    "opencv-python": ("GL", "gthread-2.0"),
    "psycopg": ("pq",),
    "psycopg-c": ("pq",),
    "psycopg2": ("pq",),
    "pyenchant": ("enchant-2",),
    "python-magic": ("magic",),
    "pyvips": ("vips",),
    "pyzbar": ("zbar",),
    "sounddevice": ("portaudio",),
    "wand": ("MagickWand-7.Q16", "MagickWand-6.Q16"),
    "weasyprint": ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig"),
}
"""Distributions and the libraries that they load, as `find_library` names them; a release has those that it has."""

_BUNDLED_BY: Mapping[str, tuple[str, ...]] = {
    "psycopg": ("psycopg-binary", "psycopg-c"),
    "pyvips": ("pyvips-binary",),
}
"""Distributions that bring another one's library along."""

_OF_HEADERS: Mapping[str, tuple[str, ...]] = {
    "libcurl4-openssl-dev": ("curl",),
    "libgeos-dev": ("geos_c",),
    "libldap-dev": ("ldap", "lber"),
    "libxmlsec1-dev": ("xmlsec1", "xmlsec1-openssl"),
    "libxslt1-dev": ("xslt", "exslt"),
    "libyaml-dev": ("yaml-0",),
    "portaudio19-dev": ("portaudio",),
    "unixodbc-dev": ("odbc",),
}
"""Libraries of packages with headers that are not called as they are."""

_HEADERS = re.compile(r"lib(?P<name>[a-z0-9.+-]+?)-dev")


def with_debs(lock: WheelsLock) -> WheelsLock:
    """The lock with the Debian packages that its files need in images, by release."""
    distributions = {
        name: tuple(replace(file, debs=_debs(name, file, lock)) for file in files)
        for name, files in lock.distributions.items()
    }
    return replace(lock, distributions=distributions)


def needed(locks: Iterable[WheelsLock]) -> dict[str, set[str]]:
    """The Debian packages that all images of some locks need, by release."""
    found: dict[str, set[str]] = defaultdict(set)
    for lock in locks:
        for files in lock.distributions.values():
            for file in files:
                for release, packages in file.debs.items():
                    found[release].update(packages)
    return found


def _debs(name: str, file: LockedFile, lock: WheelsLock) -> dict[str, tuple[str, ...]]:
    found = {}
    for environment in file.environments:
        release = environment.rpartition("_")[0]
        if any(_serves(lock, other, environment) for other in _BUNDLED_BY.get(name, ())):
            continue
        build = file.build.get(environment)
        libraries = [*LOADED.get(name, ()), *(library for deb in (build.debs if build else ()) for library in _of(deb))]
        packages = {package_of(release, soname) for library in libraries for soname in sonames_of(release, library)}
        if packages - {""}:
            found[release] = tuple(sorted(packages - {""}))
    return found


def _serves(lock: WheelsLock, name: str, environment: str) -> bool:
    return any(environment in file.environments for file in lock.distributions.get(name, ()))


def _of(package: str) -> tuple[str, ...]:
    """The libraries that come with headers: `pq` with libpq-dev, `xslt` with libxslt1-dev."""
    match = _HEADERS.fullmatch(package)
    if package in _OF_HEADERS or not match:
        return _OF_HEADERS.get(package, ())
    return tuple(dict.fromkeys((match["name"], match["name"].rstrip("0123456789"))))
