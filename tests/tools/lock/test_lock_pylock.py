"""pylock.toml (PEP 751): what an environment gets of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from distroless_python.errors import ToolError
from distroless_python.lock.environments import parse
from distroless_python.lock.inputs import pylock as reader
from distroless_python.lock.inputs.pins import Pins, Selection
from support.foreign_locks import pylock, pylock_package
from support.package_index import make_sdist, make_wheel

_INDEX = "https://index.example.com/simple"
_ENVIRONMENTS = ("debian13_amd64", "debian11_amd64")


def _package(name: str, more: str = "", version: str = "1") -> str:
    return pylock_package(name, version, _INDEX, [make_wheel(name, version), make_sdist(name, version, {})], more)


def _read(folder: Path, text: str, selection: Selection | None = None, names: Sequence[str] = _ENVIRONMENTS) -> Pins:
    (folder / "MODULE.bazel").touch()
    (folder / "pylock.toml").write_text(text)
    return reader.read(folder / "pylock.toml", [parse(name) for name in names], selection or Selection())


def _problems(folder: Path, text: str, selection: Selection | None = None) -> list[tuple[str, str]]:
    with pytest.raises(ToolError) as caught:
        _read(folder, text, selection)
    return [(problem.member, problem.reason) for problem in caught.value.problems]


def test_packages_with_markers(tmp_path: Path) -> None:
    text = pylock([_package("a"), _package("b", "marker = \"python_version < '3.11'\"\n")])
    a, b = _read(tmp_path, text).pins
    assert (a.name, a.version, a.index, a.place) == ("a", "1", _INDEX, "line 4")
    assert a.hashes == {make_wheel("a", "1").sha256, make_sdist("a", "1", {}).sha256}
    assert (sorted(a.environments), sorted(b.environments)) == (sorted(_ENVIRONMENTS), ["debian11_amd64"])
    assert (a.via, a.extras) == ((), ())


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["a", "default"]),
        (Selection(("pg",)), ["a", "default", "driver"]),
        (Selection((), ("dev",)), ["a", "tester"]),
        (Selection(("pg",), ("dev", "main")), ["a", "default", "driver", "tester"]),
    ],
)
def test_extras_and_groups(selection: Selection, names: list[str], tmp_path: Path) -> None:
    head = 'extras = ["pg"]\ndependency-groups = ["dev"]\ndefault-groups = ["main"]\n'
    packages = [
        _package("a"),
        _package("default", "marker = \"'main' in dependency_groups\"\n"),
        _package("driver", "marker = \"'pg' in extras\"\n"),
        _package("tester", "marker = \"'dev' in dependency_groups\"\n"),
    ]
    assert [pin.name for pin in _read(tmp_path, pylock(packages, head), selection).pins] == names


def test_what_the_project_asks_for_is_in_its_pyproject(tmp_path: Path) -> None:
    """PEP 751 has no place for it, and uv and pip leave dependencies out as well."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "site"\ndependencies = ["Server[Fast]>=1"]\n'
        "[project.optional-dependencies]\npg = [\"driver[binary]; python_version > '3'\"]\n"
        '[dependency-groups]\ndev = ["tester", {include-group = "more"}]\nmore = []\n'
    )
    text = pylock([_package(name) for name in ("driver", "fast", "server", "tester")])
    found = {pin.name: (pin.extras, pin.named_directly) for pin in _read(tmp_path, text).pins}
    assert found == {
        "driver": (("binary",), True),
        "fast": ((), False),
        "server": (("fast",), True),
        "tester": ((), True),
    }


def test_dependencies_where_they_are_written(tmp_path: Path) -> None:
    text = pylock([_package("a", 'dependencies = [{ name = "b" }]\n'), _package("b")])
    assert [pin.via for pin in _read(tmp_path, text).pins] == [(), ("a",)]


def test_files_that_are_on_no_index(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    digest = "a" * 64
    url = "https://files.example.com/at-1-py3-none-any.whl"
    packages = [
        f'[[packages]]\nname = "at"\narchive = {{ url = "{url}", hashes = {{ sha256 = "{digest}" }} }}\n',
        '[[packages]]\nname = "own"\ndirectory = { path = "libs", editable = true }\n',
    ]
    read = _read(tmp_path, pylock(packages))
    assert [(pin.name, pin.version, pin.url) for pin in read.pins] == [("at", "1", url)]
    assert [(project.name, project.folder) for project in read.first_party] == [("own", tmp_path / "libs")]


def test_every_problem_in_one_go(tmp_path: Path) -> None:
    packages = [
        '[[packages]]\nname = "vcs"\nvcs = { type = "git", url = "https://example.com/x.git", commit-id = "12" }\n',
        '[[packages]]\nname = "path"\narchive = { path = "x/path-1.tar.gz", hashes = { sha256 = "%s" } }\n'
        % ("a" * 64),
        '[[packages]]\nname = "weak"\nversion = "1"\nwheels = [{ name = "weak-1-py3-none-any.whl", '
        'path = "weak-1-py3-none-any.whl", hashes = { md5 = "0" } }]\n',
        '[[packages]]\nname = "gone"\ndirectory = { path = "../gone" }\n',
    ]
    head = 'requires-python = ">=3.10"\nenvironments = ["python_version > \'3.13\'"]\n'
    assert _problems(tmp_path, pylock(packages, head), Selection(("pg",), ("dev",))) == [
        ("", "has no extra pg; it has: none"),
        ("", "has no dependency group dev; it has: none"),
        ("environments", "is not for debian13_amd64: none of its environments fits"),
        ("requires-python", "is for Python >=3.10, which debian11_amd64 has not"),
        ("line 6", "vcs is a git checkout, which has no hash"),
        (
            "line 9",
            "path is the file x/path-1.tar.gz, and Bazel fetches files by pip's configuration or an address",
        ),
        ("line 12", "weak has no SHA-256 of a file"),
        ("line 16", "../gone is not a folder beside it or in the workspace " + tmp_path.name),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('lock-version = "2.0"\ncreated-by = "x"\npackages = []\n', "pylock version 2.0 is not supported"),
        ('lock-version = "1.0"\npackages = []\n', "Missing required value in 'created-by'"),
        (pylock([_package("A_b")]), "Name 'A_b' is not normalized in 'packages[0].name'"),
    ],
)
def test_what_is_not_a_pylock(text: str, reason: str, tmp_path: Path) -> None:
    assert _problems(tmp_path, text) == [("", f"is not a valid pylock.toml: {reason}")]
