"""Licences, as distributions and Debian packages declare them, in SPDX's words where they have one.

https://packaging.python.org/en/latest/specifications/core-metadata/#license-expression and
https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/#license-short-name
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message

from distroless_python.formats.deb822 import paragraphs

_MAX_TEXT = 100

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "",  # which of them it does not say
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}
_DEBIAN = {
    "apache-2.0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "cc0-1.0": "CC0-1.0",
    "expat": "MIT",
    "isc": "ISC",
    "mpl-2.0": "MPL-2.0",
    "zlib": "Zlib",
}
_GNU = {
    "AGPL": ("1.0", "3.0"),
    "GFDL": ("1.1", "1.2", "1.3"),
    "GPL": ("1.0", "2.0", "3.0"),
    "LGPL": ("2.0", "2.1", "3.0"),
}
_GNU_NAME = re.compile(r"(?P<name>[A-Z]+)-(?P<version>\d(?:\.\d)?)(?P<later>\+?)", re.IGNORECASE)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z0-9.-]*[A-Za-z0-9])")
_NAMED = {name.lower(): name for name in (*_CLASSIFIERS.values(), *_DEBIAN.values()) if name}


@dataclass(frozen=True, order=True)
class Licence:
    """A licence: `text` is an SPDX expression if `spdx` is set, else what the author wrote."""

    text: str
    spdx: bool = False


def of_distribution(metadata: Message) -> tuple[Licence, ...]:
    """The licences in a distribution's METADATA: its expression, else its classifiers, else its free text."""
    expression = metadata.get("License-Expression")
    if expression:
        return (Licence(" ".join(expression.split()), spdx=True),)
    prefix = "License :: OSI Approved :: "
    named = [value[len(prefix) :] for value in metadata.get_all("Classifier", []) if value.startswith(prefix)]
    free = " ".join((metadata.get("License") or "").split())
    known = _NAMED.get(free.lower())
    if known and not [name for name in named if _CLASSIFIERS.get(name)]:
        return (Licence(known, spdx=True),)
    if named:
        found = {name: _CLASSIFIERS.get(name) for name in named}
        return tuple(sorted(Licence(spdx or name, spdx=bool(spdx)) for name, spdx in found.items()))
    return (Licence(free),) if free and len(free) <= _MAX_TEXT else ()


def of_package(copyright_file: str) -> tuple[Licence, ...]:
    """The licences in a Debian copyright file; of one that is not machine-readable, the common licences it names."""
    if copyright_file.startswith("Format:"):
        found = [paragraph for paragraph in paragraphs(copyright_file) if paragraph.get("License")]
        names = {_first_line(paragraph) for paragraph in found if "Files" in paragraph}
    else:
        names = set(_COMMON.findall(copyright_file))
    return tuple(sorted({_debian(name) for name in names if name}))


def _first_line(paragraph: Mapping[str, str]) -> str:
    return " ".join(paragraph["License"].partition("\n")[0].split())


def _debian(name: str) -> Licence:
    """A short name, or several that are all joined by `or`, or all by `and`."""
    for word in ("or", "and"):
        parts = [_debian_id(part) for part in name.split(f" {word} ")]
        if all(parts):
            return Licence(f" {word.upper()} ".join(parts), spdx=True)
    return Licence(name)


def _debian_id(name: str) -> str:
    """SPDX's word for a short name; empty if it has none."""
    gnu = _GNU_NAME.fullmatch(name)
    if gnu:
        version = gnu["version"] if "." in gnu["version"] else f"{gnu['version']}.0"
        if version in _GNU.get(gnu["name"].upper(), ()):
            return f"{gnu['name'].upper()}-{version}-{'or-later' if gnu['later'] else 'only'}"
    return _DEBIAN.get(name.lower(), "")


def joined(expressions: Iterable[str]) -> str:
    """One SPDX expression of several that all apply."""
    each = list(expressions)
    return " AND ".join(f"({text})" if " " in text and len(each) > 1 else text for text in each)
