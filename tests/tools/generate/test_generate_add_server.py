"""`--add-server`: the line that is missing in the requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from distroless_python.generate.main import main


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("requirements.in", "flask", "flask\ngunicorn\n"),
        ("requirements.txt", "", "gunicorn\n"),
        ("pyproject.toml", 'dependencies = ["flask"]\n', 'dependencies = ["flask", "gunicorn"]\n'),
        ("pyproject.toml", "dependencies = []\n", 'dependencies = ["gunicorn"]\n'),
        (
            "pyproject.toml",
            'dependencies = [\n    "flask",\n]\n',
            'dependencies = [\n    "flask",\n    "gunicorn",\n]\n',
        ),
    ],
)
def test_a_line_is_added_once(root: Path, name: str, before: str, after: str) -> None:
    (root / name).write_text(before)
    assert main(["--add-server", "gunicorn", "--check"]) == 1
    assert (root / name).read_text() == before
    for _ in range(2):
        assert main(["--add-server", "gunicorn"]) == 0
        assert (root / name).read_text() == after


def test_without_requirements(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--add-server", "gunicorn"]) == 1
    assert "add gunicorn where your requirements are, and lock" in capsys.readouterr().err
    assert not list(root.iterdir())
