"""Licences, as METADATA and Debian's copyright files say them."""

from __future__ import annotations

import email.parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.sbom.licences import Licence, joined, of_distribution, of_package
from support.properties import patient

OSI = "Classifier: License :: OSI Approved :: "


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("License-Expression: MIT OR\n Apache-2.0\n", [Licence("MIT OR Apache-2.0", spdx=True)]),
        (f"License-Expression: MIT\n{OSI}BSD License\n", [Licence("MIT", spdx=True)]),
        (f"{OSI}MIT License\n", [Licence("MIT", spdx=True)]),
        (f"{OSI}BSD License\nLicense: BSD-3-Clause\n", [Licence("BSD-3-Clause", spdx=True)]),
        (f"{OSI}BSD License\n", [Licence("BSD License")]),
        (f"{OSI}MIT License\n{OSI}Something Else\n", [Licence("MIT", spdx=True), Licence("Something Else")]),
        ("License: mit\n", [Licence("MIT", spdx=True)]),
        ("License: as you like it\n", [Licence("as you like it")]),
        (f"License: {'the whole text ' * 20}\n", []),
        ("Name: x\n", []),
    ],
)
def test_of_distributions(metadata: str, expected: list[Licence]) -> None:
    assert list(of_distribution(email.parser.Parser().parsestr(metadata))) == expected


FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("GPL-2+", Licence("GPL-2.0-or-later", spdx=True)),
        ("LGPL-2.1", Licence("LGPL-2.1-only", spdx=True)),
        ("Expat", Licence("MIT", spdx=True)),
        ("BSD-3-clause or GPL-2", Licence("BSD-3-Clause OR GPL-2.0-only", spdx=True)),
        ("Expat and Zlib", Licence("MIT AND Zlib", spdx=True)),
        ("Expat or odd", Licence("Expat or odd")),
        ("GPL-2+ with Texinfo exception", Licence("GPL-2+ with Texinfo exception")),
        ("GPL-7", Licence("GPL-7")),
    ],
)
def test_of_packages(licence: str, expected: Licence) -> None:
    text = f"{FORMAT}Files: *\nCopyright: me\nLicense: {licence}\n the text\n\nLicense: another\n its text\n"
    assert of_package(text) == (expected,)


def test_a_file_for_people_names_common_licences() -> None:
    text = "It is licensed under the GPL, see /usr/share/common-licenses/GPL-2.\nAlso /usr/share/common-licenses/GPL-2"
    assert of_package(text) == (Licence("GPL-2.0-only", spdx=True),)
    assert of_package("All rights reversed.") == ()


def test_joined() -> None:
    assert joined(["MIT OR ISC"]) == "MIT OR ISC"
    assert joined(["MIT OR ISC", "Zlib"]) == "(MIT OR ISC) AND Zlib"
    assert joined([]) == ""


@patient
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for prefix in ("", FORMAT, FORMAT + "Files: *\nLicense:"):
        assert all(licence.text for licence in of_package(prefix + text))
