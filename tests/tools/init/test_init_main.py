"""`init`: what it writes, what it leaves alone, what it runs."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from distroless_python.init import main as init
from distroless_python.init.files import release_for
from distroless_python.lock import workspace
from distroless_python.lock.workspace import DebianLock, PythonLock

ARCHITECTURE = {"x86_64": "amd64"}.get(platform.machine(), "arm64")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY", raising=False)
    monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
    folder = tmp_path / "My Site"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is run instead of the lock and the generator."""
    commands: list[str] = []

    def command(name: str) -> Callable[[Sequence[str]], int]:
        def run(argv: Sequence[str]) -> int:
            commands.append(" ".join([name, *argv]))
            return 0

        return run

    monkeypatch.setattr("distroless_python.generate.main.unserved", lambda _: [])
    monkeypatch.setattr("distroless_python.lock.main.main", command("lock"))
    monkeypatch.setattr("distroless_python.generate.main.main", command("generate"))
    return commands


def test_a_checkout_with_requirements(root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (root / "requirements.txt").write_text("django\n")
    (root / "requirements-dev.txt").write_text("pytest\n")
    assert init.main([]) == 0
    assert ran == ["lock", "generate"]
    assert "bazel build //..." in capsys.readouterr().err
    machine = f"python3.13_{ARCHITECTURE}"
    assert workspace.read(root) == workspace.Workspace(
        (
            PythonLock(
                "requirements_lock.txt",
                (f"debian13_{ARCHITECTURE}", machine),
                ("requirements.txt", "requirements-dev.txt"),
                "wheels.lock.json",
            ),
        ),
        (DebianLock("debian13.lock.json", "debian13", (ARCHITECTURE,)),),
    )
    module = (root / "MODULE.bazel").read_text()
    assert 'module(name = "my_site")' in module
    assert 'python.toolchain(\n    is_default = True,\n    python_version = "3.13",\n)' in module
    assert (root / "BUILD.bazel").read_text() == "# distroless:base @python3_debian13\n"
    assert "--incompatible_strict_action_env" in (root / ".bazelrc").read_text()

    before = {path: path.read_bytes() for path in root.iterdir()}
    assert init.main([]) == 0
    assert {path: path.read_bytes() for path in root.iterdir()} == before, "a second time changes nothing"


def test_a_web_application_gets_a_server(
    root: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "requirements.txt").write_text("flask\n")
    monkeypatch.setattr("distroless_python.generate.main.unserved", lambda _: ["gunicorn"])
    assert init.main([]) == 0
    assert ran == ["lock", "lock", "generate"]
    assert (root / "requirements_more.in").read_text() == "gunicorn\n"
    assert (root / "requirements.txt").read_text() == "flask\n"
    assert workspace.read(root).python[0].sources == ("requirements_more.in", "requirements.txt")
    assert "requirements_more.in: gunicorn added" in capsys.readouterr().err


def test_servers_are_not_added_to_a_lock_of_another_tool(
    root: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "uv.lock").write_text("")
    monkeypatch.setattr("distroless_python.generate.main.unserved", lambda _: ["gunicorn"])
    assert init.main([]) == 0
    assert ran == ["lock", "generate"]
    assert not (root / "requirements_more.in").exists()


def test_an_empty_folder_has_no_hub(root: Path, ran: list[str]) -> None:
    assert init.main(["--arch=arm64", "--arch=amd64"]) == 0
    assert "distroless.wheels" not in (root / "MODULE.bazel").read_text()
    found = workspace.read(root)
    assert found.python == ()
    assert found.debian[0].architectures == ("arm64", "amd64")
    assert ran == ["lock", "generate"]


def test_what_is_added_stays_apart(root: Path, ran: list[str]) -> None:
    (root / "requirements.txt").write_text("django\n")
    assert init.main([]) == 0
    assert init.main(["--add=gunicorn", "--add=psycopg2-binary"]) == 0
    assert init.main(["--add=gunicorn"]) == 0
    assert (root / "requirements_more.in").read_text() == "gunicorn\npsycopg2-binary\n"
    assert (root / "requirements.txt").read_text() == "django\n"
    assert workspace.read(root).python[0].sources == ("requirements_more.in", "requirements.txt")


def test_what_cannot_be_added_to(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "uv.lock").write_text("")
    assert init.main(["--add=gunicorn"]) == 1
    assert "add the requirement where the checkout has its own, and lock again" in capsys.readouterr().err


def test_dry_run_writes_nothing(root: Path, ran: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    (root / "Pipfile").write_text('[packages]\nflask = "*"\n')
    assert init.main(["--dry-run"]) == 0
    said = capsys.readouterr().out
    for text in ("+++ b/MODULE.bazel", "+++ b/requirements.in\n", "+flask\n", "would run: lock\nwould run: generate\n"):
        assert text in said
    assert [path.name for path in root.iterdir()] == ["Pipfile"]
    assert ran == []


def test_what_only_tests_need_does_not_stop_it(root: Path, monkeypatch: pytest.MonkeyPatch, ran: list[str]) -> None:
    (root / "requirements.txt").write_text("django\n")
    (root / "pyproject.toml").write_text("[tool.black]\n")
    (root / "requirements-test.txt").write_text("django<1\n")
    sources: list[tuple[str, ...]] = []

    def lock(argv: Sequence[str]) -> int:
        sources.append(workspace.read(root).python[0].sources)
        return 1 if "requirements-test.txt" in sources[-1] else 0

    monkeypatch.setattr("distroless_python.lock.main.main", lock)
    assert init.main([]) == 0
    assert sources == [("requirements.txt", "requirements-test.txt"), ("requirements.txt",)]
    assert (root / "pyproject.toml").read_text().startswith("[tool.black]\n\n[[tool.")

    monkeypatch.setattr("distroless_python.lock.main.main", lambda argv: 1)
    assert init.main([]) == 1


@pytest.mark.parametrize(
    ("file", "text", "release"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.10"\n', "debian13"),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.10,<3.13"\n', "debian12"),
        ("pyproject.toml", '[project]\nrequires-python = ">=3.14"\n', "debian14"),
        ("pyproject.toml", '[project]\nrequires-python = "<3"\n', "debian13"),
        ("Pipfile", '[requires]\npython_version = "3.11"\n', "debian12"),
        ("pyproject.toml", "no TOML", "debian13"),
    ],
)
def test_the_release_fits_the_project(root: Path, file: str, text: str, release: str) -> None:
    (root / file).write_text(text)
    assert release_for(root) == release


def test_no_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init.main(["absent"]) == 1
    assert "absent: is not a folder" in capsys.readouterr().err
