"""What a new lock changes, as a page for the change request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from distroless_python.lock.changes import Release, row, step
from distroless_python.lock.main import main
from support.package_index import PackageIndex, make_wheel

_OLD = [
    make_wheel("app", "1.0", requires=["common"], licence="MIT"),
    make_wheel("common", "1.0", licence="MIT"),
    make_wheel("gone", "1", licence="BSD-3-Clause"),
]
_NEW = [
    make_wheel("app", "1.1", requires=["common", "added"], licence="MIT"),
    replace(make_wheel("common", "2.0", licence="SSPL-1.0"), yanked="breaks | everything"),
    make_wheel("added", "0.1"),
]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageIndex:
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return PackageIndex([*_OLD, *_NEW])


def _lock(*pins: str, changes: str = "changes.md") -> int:
    files = {(release.project, release.file.split("-")[1]): release.sha256 for release in (*_OLD, *_NEW)}
    text = "".join(f"{pin} --hash=sha256:{files[pin.split('==')[0], pin.split('==')[1]]}\n" for pin in pins)
    Path("lock.txt").write_text(text)
    words = ["--requirements=lock.txt", "--output=app/wheels.lock.json", "--environment=debian13_amd64"]
    return main(["wheels", *words, f"--changes={changes}"])


def test_the_page(
    index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("app").mkdir()
    with index:
        index.configure_pip(monkeypatch, tmp_path)
        assert _lock("app==1.0", "common==1.0", "gone==1") == 0
        assert "| app |  | 1.0 | new | MIT |" in Path("changes.md").read_text()
        index.releases = [release for release in index.releases if not release.file.startswith("gone")]
        capsys.readouterr()
        assert _lock("app==1.1", "common==2.0", "added==0.1") == 0
        assert "common 2.0 was withdrawn (yanked): breaks | everything" in capsys.readouterr().err
        assert Path("changes.md").read_text() == (
            "## app/wheels.lock.json\n\n"
            "| distribution | before | after | step | licence |\n|---|---|---|---|---|\n"
            "| added |  | 0.1 | new |  |\n"
            "| app | 1.0 | 1.1 | minor | MIT |\n"
            "| common | 1.0 | 2.0 (yanked: breaks / everything) | major | **MIT → SSPL-1.0** |\n"
            "| gone | 1 |  | removed |  |\n"
        )
        assert _lock("app==1.1", "common==2.0", "added==0.1", changes="-") == 0
        assert capsys.readouterr().out == "## app/wheels.lock.json\n\nThe versions are the same.\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("1.0", "2.0", "major"),
        ("1.0", "1.1", "minor"),
        ("1.0", "1.0.1", "patch"),
        ("1.0.1", "1.0.1.post1", "patch"),
        ("1.0", "1!0.9", "major"),
        ("2.0", "1.9", "back"),
        ("2.0rc1", "2.0", "patch"),
        ("what", "1.9", "other"),
    ],
)
def test_steps(before: str, after: str, expected: str) -> None:
    assert step([Release(before)], [Release(after)]) == expected


def test_a_distribution_with_several_versions() -> None:
    assert row("a", [Release("1", "MIT")], [Release("1", "MIT"), Release("2", "ISC", "")]) == (
        "| a | 1 | 1, 2 (yanked) | major | **MIT → MIT, ISC** |\n"
    )
