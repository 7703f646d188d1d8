"""The text files of .dist-info."""

from __future__ import annotations

import email
import hashlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distroless_python.python import metadata
from distroless_python.python.metadata import Recorded
from distroless_python.python.names import comparable_version, normalize_name
from support.outcomes import value_or_error
from support.properties import patient


def test_headers_are_read_to_the_empty_line() -> None:
    text = "Name: Demo\nRequires-Dist: a>=1\nrequires-dist:b\nLicense: line\n  two\n\nName: body\n"
    headers = metadata.parse_headers(text)
    assert headers["requires-dist"] == ["a>=1", "b"]
    assert headers["license"] == ["line\n  two"]
    assert metadata.first(headers, "name") == "Demo"
    assert metadata.first(headers, "version") == ""


def test_a_continuation_without_a_field_is_dropped() -> None:
    assert metadata.parse_headers(" lost\nName: x\n:bad\n dropped\n") == {"name": ["x"]}


@pytest.mark.parametrize("end", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"])
def test_what_ends_no_line_ends_no_field(end: str) -> None:
    text = f"Requires-Dist: a{end}Requires-Dist: evil\nSummary: x{end}{end}\nRequires-Dist: b\n"
    assert metadata.parse_headers(text)["requires-dist"] == [f"a{end}Requires-Dist: evil", "b"]


_HEADERS = st.lists(
    st.sampled_from(
        [
            *":\n\r\t\f\v\x1c\x85\u2028 \0aé",
            "\r\n",
            "\n\n",
            "Name: x",
            "Name:y\n",
            "From ",
            "\n ",
            "Requires-Dist: a",
            "_",
        ]
    )
).map("".join)


@settings(patient, max_examples=500)
@given(_HEADERS)
def test_fields_are_those_of_email(text: str) -> None:
    expected: dict[str, list[str]] = {}
    for name, value in email.message_from_string(text).items():
        lines = str(value).replace("\r\n", "\n").replace("\r", "\n")
        expected.setdefault(name.lower(), []).append(lines.strip(" \t\n"))
    assert metadata.parse_headers(text) == expected


def test_many_lines_of_one_field_take_no_time() -> None:
    start = time.process_time()
    (value,) = metadata.parse_headers("Description: x" + "\n y" * 300_000)["description"]
    assert value.count("\n") == 300_000
    assert time.process_time() - start < 3


def test_entry_points_are_read() -> None:
    text = """
# comment
; comment
[console_scripts]
demo = demo.cli:main
with-extra = demo.cli:Extra.run [fast, small]
[gui_scripts]
Window=demo.gui:main
[empty]
"""
    assert metadata.parse_entry_points(text) == {
        "console_scripts": {"demo": "demo.cli:main", "with-extra": "demo.cli:Extra.run"},
        "gui_scripts": {"Window": "demo.gui:main"},
        "empty": {},
    }


@pytest.mark.parametrize("text", ["a = b:c", "[x]\nno equals", "[x]\n= b:c"])
def test_entry_points_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not an entry point"):
        metadata.parse_entry_points(text)


_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r\n"), max_size=20)


@patient
@given(st.lists(st.builds(Recorded, _TEXT, _TEXT, _TEXT)))
def test_a_record_comes_back_sorted(rows: list[Recorded]) -> None:
    rows = [row for row in rows if any(row)]
    assert list(metadata.parse_record(metadata.format_record(rows).decode())) == sorted(rows)


@patient
@given(st.text())
def test_any_text_is_a_record_or_says_why_not(text: str) -> None:
    rows = value_or_error(lambda: list(metadata.parse_record(text)))
    assert str(rows) if isinstance(rows, ValueError) else all(len(row) == 3 for row in rows)


@patient
@given(st.text())
def test_any_text_has_headers_and_entry_points_or_not(text: str) -> None:
    assert all(values for values in metadata.parse_headers(text).values())
    groups = value_or_error(lambda: metadata.parse_entry_points(text))
    assert str(groups).startswith("line ") if isinstance(groups, ValueError) else isinstance(groups, dict)


def test_quotes_and_commas_in_a_record() -> None:
    rows = list(metadata.parse_record('"a,b.py",sha256=x,3\r\n"q""q.py",,\n\n'))
    assert rows == [Recorded("a,b.py", "sha256=x", "3"), Recorded('q"q.py')]


@pytest.mark.parametrize("text", ["a,b", "a,b,c,d", '"a,b,c'])
def test_rows_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"row 1 has|unexpected end"):
        list(metadata.parse_record(text))


def test_hashes_are_written_as_record_has_them() -> None:
    assert metadata.encode_hash(hashlib.sha256(b"").digest()) == "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.0", "1.0.0"), ("1.0", "v1.0"), ("1.0-1", "1.0_1"), ("2024.01", "2024.1"), ("1.0+local.1", "1.0+LOCAL_1")],
)
def test_versions_that_are_equal(one: str, other: str) -> None:
    assert comparable_version(one) == comparable_version(other)


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.1"), ("10", "1"), ("1.0rc1", "1.0"), ("1.0+a", "1.0+b")])
def test_versions_that_differ(one: str, other: str) -> None:
    assert comparable_version(one) != comparable_version(other)


def test_names_are_normalised() -> None:
    assert normalize_name("Zope.Interface__x") == "zope-interface-x"
