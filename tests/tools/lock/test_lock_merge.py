"""One requirements lock for several environments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from distroless_python.lock.environments import Environment, parse
from distroless_python.lock.inputs import requirements
from distroless_python.lock.inputs.pins import Pin, Pins
from distroless_python.lock.merge import Origin, merge, read_origin
from support.properties import patient


def _pin(name: str, version: str = "1", via: Sequence[str] = ("-r requirements.in",), digest: str = "a") -> Pin:
    return Pin(name, version, (), frozenset(), frozenset([digest * 64]), tuple(via), "line 1")


def _read(text: str, folder: Path, environments: Sequence[str] = ("debian13_amd64",)) -> Pins:
    lock = folder / "lock.txt"
    lock.write_text(text)
    return requirements.read(lock, [parse(name) for name in environments])


def _markers(results: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    """Environment and names of pins; returns name to marker."""
    text = merge([(parse(environment), [_pin(name) for name in names]) for environment, names in results])
    lines = [Requirement(line.rstrip("\\")) for line in text.splitlines() if not line.startswith(" ")]
    return {line.name: str(line.marker or "") for line in lines}


def test_one_environment_needs_no_markers() -> None:
    text = merge([(parse("debian13_amd64"), [_pin("b", via=["a", "-r requirements.in"]), _pin("a", digest="b")])])
    assert text == (
        f"a==1 \\\n    --hash=sha256:{'b' * 64}\n    # via -r requirements.in\n"
        f"b==1 \\\n    --hash=sha256:{'a' * 64}\n    # via\n    #   -r requirements.in\n    #   a\n"
    )


def test_hashes_and_sources_of_all_environments_are_there(tmp_path: Path) -> None:
    first, second = _pin("a", via=["x"]), _pin("a", via=["y"], digest="b")
    text = merge([(parse("debian13_amd64"), [first]), (parse("debian12_amd64"), [second])])
    (pin,) = _read(text, tmp_path).pins
    assert pin.hashes == {"a" * 64, "b" * 64}
    assert (pin.via, ";" in text) == (("x", "y"), False)


def test_the_extras_stay() -> None:
    pin = Pin("a", "1", ("x", "y"), frozenset(), frozenset(["a" * 64]), (), "line 1")
    assert merge([(parse("debian13_amd64"), [pin])]).startswith("a[x,y]==1 \\\n")


@pytest.mark.parametrize(
    ("results", "marker"),
    [
        ([("debian11_amd64", "a"), ("debian12_amd64", ""), ("debian13_amd64", "")], 'python_version < "3.11"'),
        ([("debian11_amd64", ""), ("debian12_amd64", ""), ("debian13_amd64", "a")], 'python_version >= "3.13"'),
        (
            [("debian11_amd64", ""), ("debian12_amd64", "a"), ("debian13_amd64", "")],
            'python_version >= "3.11" and python_version < "3.13"',
        ),
        (
            [("debian11_amd64", "a"), ("debian12_amd64", ""), ("debian13_amd64", "a")],
            'python_version < "3.11" or python_version >= "3.13"',
        ),
        ([("debian13_amd64", ""), ("debian13_arm64", "a")], 'platform_machine == "aarch64"'),
        ([("python3.13_amd64", ""), ("python3.13_macos_arm64", "a")], 'sys_platform == "darwin"'),
        (
            [("debian12_amd64", ""), ("debian12_arm64", ""), ("debian13_amd64", ""), ("debian13_arm64", "a")],
            'python_version == "3.13" and sys_platform == "linux" and platform_machine == "aarch64"',
        ),
        ([("debian13_amd64", "a"), ("python3.13_amd64", "a"), ("debian12_amd64", "a")], ""),
    ],
)
def test_markers_are_as_simple_as_they_can_be(results: Sequence[tuple[str, Sequence[str]]], marker: str) -> None:
    assert _markers(results)["a"] == marker


_ENVIRONMENTS = [
    f"python3.{minor}_{machine}"
    for minor in (9, 10, 11, 13)
    for machine in ("amd64", "arm64", "macos_arm64", "macos_amd64")
]


@patient
@given(st.dictionaries(st.sampled_from(_ENVIRONMENTS), st.sets(st.sampled_from("123")), min_size=1))
def test_a_marker_is_true_exactly_where_the_release_is_needed(tmp_path: Path, needed: dict[str, set[str]]) -> None:
    environments: list[tuple[Environment, list[Pin]]] = [
        (parse(name), [_pin("a", version) for version in sorted(versions)]) for name, versions in needed.items()
    ]
    pins = _read(merge(environments), tmp_path, list(needed)).pins
    for environment, wanted in environments:
        found = [pin.version for pin in pins if environment.name in pin.environments]
        assert found == [pin.version for pin in wanted]


def test_what_a_lock_is_made_of_is_read_again() -> None:
    origin = Origin(("debian13_amd64",), {"requirements.in": "0" * 64}, ("x",), ("pyproject.toml:dev",))
    assert read_origin(f"{origin.header()}a==1\n") == origin


@pytest.mark.parametrize(
    "text", ["", "a==1", "# made of: ", "# made of: []", '# made of: {"environments": 1}', "# made of: {"]
)
def test_a_lock_that_was_written_otherwise_says_nothing(text: str) -> None:
    assert read_origin(text) is None
