"""The wheel lock as a file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distroless_python.errors import ToolError
from distroless_python.lock import wheels_lock as lockfile
from distroless_python.lock.wheels_lock import LockedEnvironment, LockedFile, WheelsLock
from support.outcomes import outcome
from support.properties import patient

_LOCK: dict[str, Any] = {
    "format": 1,
    "kind": "wheels",
    "environments": {
        "debian13_amd64": {"python": "3.13", "architecture": "amd64", "os": "linux", "libc": "glibc 2.41"}
    },
    "inputs": {"requirements_lock.txt": "0" * 64},
    "distributions": {
        "a": [
            {
                "version": "1",
                "file": "a-1-py3-none-any.whl",
                "sha256": "0" * 64,
                "environments": ["debian13_amd64"],
                "requires": {"debian13_amd64": ["b"]},
                "extras": ["x"],
                "direct": True,
                "top_level": ["a"],
            }
        ]
    },
}


def _write(folder: Path, value: object) -> Path:
    path = folder / "wheels.lock.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def _problem(folder: Path, value: object) -> tuple[str, str]:
    path = _write(folder, value)
    with pytest.raises(ToolError) as caught:
        lockfile.read(path)
    (problem,) = caught.value.problems
    assert problem.subject == str(path)
    assert problem.remedy == "lock again: bazel run @rules_distroless_python//tools:lock -- wheels"
    return problem.member, problem.reason


def test_what_is_read_is_written_again(tmp_path: Path) -> None:
    path = _write(tmp_path, _LOCK)
    lock = lockfile.read(path)
    assert lock.distributions["a"][0].kind == "wheel"
    lockfile.write(lock, path)
    assert json.loads(path.read_text()) == _LOCK
    assert path.read_bytes().endswith(b"}\n")


def test_a_source_distribution_and_an_address_are_in_the_file(tmp_path: Path) -> None:
    file = {**_LOCK["distributions"]["a"][0], "kind": "sdist", "url": "https://files.example.com/a-1.tar.gz"}
    value = {**_LOCK, "distributions": {"a": [file]}}
    assert lockfile.encode(lockfile.read(_write(tmp_path, value)))["distributions"]["a"][0]["kind"] == "sdist"


@pytest.mark.parametrize(
    ("change", "member", "reason"),
    [
        ({"format": 2}, "format", "has format 2, this version reads 1"),
        ({"format": None}, "format", "has format null, this version reads 1"),
        ({"kind": "debian"}, "", 'is not a wheel lock: it has no "kind": "wheels"'),
        ({"more": 1}, "", "unknown more"),
        ({"distributions": []}, "distributions", "expected dict, found []"),
        ({"distributions": {"a": [{}]}}, "distributions.a[0]", "missing direct, environments, extras, file"),
        ({"environments": {"debian13_amd64": {"python": 3}}}, "environments.debian13_amd64", "missing architecture"),
    ],
)
def test_another_lock_is_refused(tmp_path: Path, change: dict[str, Any], member: str, reason: str) -> None:
    found = _problem(tmp_path, {**_LOCK, **change})
    assert found[0] == member
    assert found[1].startswith(reason)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"wheels"', "[" * 100_000, "\0"])
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    assert _problem(tmp_path, text)[1]


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is no such file"):
        lockfile.read(tmp_path / "wheels.lock.json")


def test_inputs_are_named_from_the_lock(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "requirements.txt").write_bytes(b"")
    digests = lockfile.input_digests([tmp_path / "requirements.txt"], tmp_path / "a" / "wheels.lock.json")
    assert digests == {"../requirements.txt": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}


_TEXT = st.text(max_size=8)
_FILES = st.builds(
    LockedFile,
    version=_TEXT,
    file=_TEXT,
    sha256=_TEXT,
    environments=st.tuples(_TEXT),
    requires=st.dictionaries(_TEXT, st.tuples(_TEXT), max_size=2),
    extras=st.tuples(_TEXT),
    direct=st.booleans(),
    top_level=st.tuples(_TEXT, _TEXT),
    kind=st.sampled_from(["wheel", "sdist"]),
    url=_TEXT,
)
_LOCKS = st.builds(
    WheelsLock,
    environments=st.dictionaries(_TEXT, st.builds(LockedEnvironment, _TEXT, _TEXT, _TEXT, _TEXT), max_size=2),
    distributions=st.dictionaries(_TEXT, st.tuples(_FILES), max_size=2),
    inputs=st.dictionaries(_TEXT, _TEXT, max_size=2),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT, lambda v: st.lists(v) | st.dictionaries(_TEXT, v)
)


@patient
@given(_LOCKS)
def test_any_lock_is_read_as_it_was_written(lock: WheelsLock) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wheels.lock.json")
        lockfile.write(lock, path)
        assert lockfile.read(path) == lock


@patient
@given(st.sampled_from(sorted(_LOCK)), _JSON)
def test_any_value_is_read_or_refused(key: str, value: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = _write(Path(folder), {**_LOCK, key: value})
        found = outcome(lambda: lockfile.read(path))
        if isinstance(found, ToolError):
            assert found.problems[0].subject == str(path)
        else:
            assert lockfile.encode(found)["format"] == 1
