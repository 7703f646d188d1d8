"""What a lock reads of a source distribution."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.lock import sdist
from support.outcomes import outcome
from support.package_index import make_sdist, make_zip
from support.properties import patient

_MEMBERS = {
    "PKG-INFO": b"Metadata-Version: 2.2\nName: a\nRequires-Python: >=3.9\nRequires-Dist: b>=1\nProvides-Extra: x\n",
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
    content = make_sdist("a", "1", {"PKG-INFO": b"Requires-Dist: no requirement!\n"}).content
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
