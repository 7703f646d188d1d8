"""What a lock reads of a wheel."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.lock import wheel
from distroless_python.lock.wheel import WheelFacts
from support.outcomes import outcome
from support.package_index import make_wheel, make_zip
from support.properties import patient

_DECLARED = b'__path__ = __import__("pkgutil").extend_path(__path__, __name__)\n'


def _read(content: bytes) -> WheelFacts:
    return wheel.read(io.BytesIO(content), "a.whl")


def _top_level(members: Mapping[str, bytes]) -> tuple[str, ...]:
    return _read(make_wheel("a", "1", members=members).content).top_level


def _reasons(content: bytes) -> list[str]:
    with pytest.raises(ToolError) as caught:
        _read(content)
    assert {problem.subject for problem in caught.value.problems} == {"a.whl"}
    return [problem.reason for problem in caught.value.problems]


def test_metadata() -> None:
    facts = _read(
        make_wheel(
            "a",
            "1",
            requires=["asgiref>=3.8", "argon2-cffi; extra == 'argon2'"],
            requires_python=">=3.10, !=3.11.0",
            extras=["argon2", "Bcrypt_X"],
        ).content
    )
    assert [str(requirement) for requirement in facts.requires] == ["asgiref>=3.8", 'argon2-cffi; extra == "argon2"']
    assert facts.extras == ("argon2", "bcrypt-x")
    assert facts.requires_python.contains("3.10.1")
    assert not facts.requires_python.contains("3.11.0")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"a.py": b""}, ("a",)),
        ({"a/__init__.py": b"", "a/b.py": b"", "a/c/d.py": b""}, ("a",)),
        ({"_a.cpython-313-x86_64-linux-gnu.so": b"", "b.abi3.so": b"", "c.pyd": b""}, ("_a", "b", "c")),
        ({"a/__init__.cpython-313-x86_64-linux-gnu.so": b""}, ("a",)),
        ({"google/cloud/storage/__init__.py": b"", "google/api/x.py": b""}, ("google.api.x", "google.cloud.storage")),
        ({"types_a/py.typed": b"", "a-stubs/__init__.pyi": b"", "a-stubs/b.pyi": b""}, ("a-stubs",)),
        ({"a-1.data/purelib/b.py": b"", "a-1.data/platlib/c/__init__.py": b""}, ("b", "c")),
        ({"a-1.data/scripts/d.py": b"", "a-1.data/data/share/e.py": b"", "a.libs/libx.so": b""}, ()),
        ({"a.pth": b"", "share/a.txt": b"", "a/data.json": b""}, ()),
        ({"a/__init__.py": _DECLARED, "a/b/__init__.py": _DECLARED, "a/b/c/__init__.py": b""}, ("a.b.c",)),
        ({"a/__init__.py": b"import pkgutil\n" + b"#" * 4096, "a/b.py": b""}, ("a",)),
        ({"a/__init__.py": b"__import__('pkg_resources').declare_namespace(__name__)", "a/b.py": b""}, ("a.b",)),
        ({"../b.py": b"", "/c.py": b"", "a b/d.py": b"", "e-f.py": b""}, ()),
    ],
)
def test_what_can_be_imported(members: Mapping[str, bytes], expected: tuple[str, ...]) -> None:
    assert _top_level(members) == expected


def test_a_zip_that_is_no_wheel() -> None:
    assert _reasons(make_zip({"a.py": b""})) == ["holds no *.dist-info/METADATA, not one"]
    two = make_zip({"a-1.dist-info/METADATA": b"", "b-1.dist-info/METADATA": b""})
    assert _reasons(two) == ["holds 2 *.dist-info/METADATA, not one"]


def test_all_bad_lines_of_metadata_are_reported() -> None:
    bad = make_wheel("a", "1", requires=["b", "no requirement!", "c >"], requires_python="three").content
    reasons = _reasons(bad)
    assert [reason.split(": ")[:2] for reason in reasons] == [
        ["Requires-Dist", "'no requirement!'"],
        ["Requires-Dist", "'c >'"],
        ["Requires-Python", "'three' is not a valid version specifier"],
    ]


def test_metadata_larger_than_any_is_not_unpacked() -> None:
    bomb = make_zip({"a-1.dist-info/METADATA": b"\0" * ((16 << 20) + 1)})
    assert len(bomb) < 1 << 20
    assert _reasons(bomb) == ["is larger than 16 MiB"]


def test_metadata_that_is_no_text_or_whose_checksum_is_wrong() -> None:
    assert "is not UTF-8" in _reasons(make_zip({"a-1.dist-info/METADATA": b"\xff\xfe"}))[0]
    content = bytearray(make_wheel("a", "1").content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        offset = archive.getinfo("a-1.dist-info/METADATA").header_offset
    content[offset + 30 + len("a-1.dist-info/METADATA") + 5] ^= 0xFF
    assert "is not a readable zip file" in _reasons(bytes(content))[0]


@patient
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_wheel_is_read_or_refused(damage: list[tuple[int, int]]) -> None:
    content = bytearray(
        make_wheel("a", "1", requires=["b>=1"], members={"a/__init__.py": _DECLARED, "a/b.py": b""}).content
    )
    for place, value in damage:
        content[place % len(content)] = value
    found = outcome(lambda: _read(bytes(content)))
    if isinstance(found, ToolError):
        assert found.problems[0].subject == "a.whl"
    else:
        assert all(part.isidentifier() for name in found.top_level for part in name.split("."))


@patient
@given(st.text(st.sampled_from("Requires-Dist: a>=1;[]\n") | st.characters(codec="utf-8"), max_size=300))
def test_any_metadata_is_decoded_or_refused(text: str) -> None:
    found = outcome(lambda: wheel.parse_metadata(text, "a.whl"))
    if isinstance(found, ToolError):
        assert {problem.member for problem in found.problems} == {"METADATA"}
    else:
        assert all(requirement.name for requirement in found.requires)
