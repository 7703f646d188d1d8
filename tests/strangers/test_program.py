"""What the strangers' runs are judged by: counted edits, outcomes of tests, and the table."""

from __future__ import annotations

from pathlib import Path

from program import Application, Program, Run, outcomes, take
from table import written

import strangers


def test_the_table_names_each_application_once() -> None:
    known = strangers.applications()
    assert len(known) >= 12
    for application in known.values():
        assert bool(application.sdist) + bool(application.git) + bool(application.create) == 1, application.name
        assert application.pages or application.says, application.name


def test_edits_are_counted(tmp_path: Path) -> None:
    tree = tmp_path / "trees/site"
    tree.mkdir(parents=True)
    for name in ("pyproject.toml", "kept.py", "changed.py", "gone.py"):
        (tree / name).write_text(f"# {name}\n")
    application = Application("site", git="https://git.example.com/site")
    take(application, tmp_path / "trees", tmp_path / "site")
    program = Program(application, tmp_path / "site", [], [])
    with (tmp_path / "site/pyproject.toml").open("a") as stream:
        stream.write("\n[more]\n")
    (tmp_path / "site/BUILD.bazel").write_text("")
    assert program.edited() == 0
    (tmp_path / "site/changed.py").write_text("")
    (tmp_path / "site/gone.py").unlink()
    assert program.edited() == 2


def test_start_tests_are_apart_from_the_applications_own() -> None:
    said = "//:image_starts    PASSED in 1.0s\n//a:b_test  (cached) PASSED in 3.1s\n//a:c_test   FAILED in 1s\n"
    assert outcomes(said) == ({"//:image_starts": "PASSED"}, {"//a:b_test": "PASSED", "//a:c_test": "FAILED"})


def test_a_row() -> None:
    run = Run("site", ["DEBUG=1"], [], {"init": 1, "build": 2, "test": 3}, 7, 0, 4.5, 1, "1 of 1", "2 of 2", "none")
    known = {"site": Application("site", "Flask", sdist="site", add=("gunicorn",))}
    head, _, _ = written(known, {"site": vars(run)}).splitlines()[-3:]
    row = [cell.strip() for cell in written(known, {"site": vars(run)}).splitlines()[-1].split("|")[1:-1]]
    assert row[:4] == ["site", "Flask", "sdist `site`", "`--add gunicorn`, `DEBUG=1`"]
    assert len(row) == head.count("|") - 1
    assert row[4:] == ["7", "0", "1, 1 of 1", "4.5", "2 of 2", "none", "1, 2, 3"]
