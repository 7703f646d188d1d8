"""Every lock of a workspace, as its pyproject.toml names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from distroless_python.documents import debian_lock as debian_lockfile
from distroless_python.errors import ToolError
from distroless_python.lock import workspace
from distroless_python.lock.main import main
from distroless_python.lock.workspace import DebianLock, PythonLock, Workspace
from support.foreign_locks import uv_lock, uv_package
from support.package_index import PackageIndex, make_sdist, make_wheel

_TABLE = """\
[[tool.rules_distroless_python.python]]
sources = ["app/requirements.in"]
constraints = ["constraints.txt"]
requirements_lock = "app/requirements_lock.txt"
wheels_lock = "app/wheels.lock.json"
environments = ["debian13_amd64", "debian11_amd64"]
sdist = true

[[tool.rules_distroless_python.debian]]
release = "debian13"
lock = "bases/debian13.lock.json"
add = ["libgl1"]
"""


def _workspace(folder: Path, table: str = _TABLE) -> Path:
    (folder / "app").mkdir()
    (folder / "elsewhere").mkdir()
    (folder / "pyproject.toml").write_text(table)
    (folder / "app/requirements.in").write_text("app\n")
    (folder / "constraints.txt").write_text("builds<2\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace whose locks are asked for from another folder, as `bazel run` does."""
    releases = [make_wheel("app", "1", requires=["builds; python_version < '3.11'"]), make_wheel("builds", "2")]
    with PackageIndex(
        [*releases, make_sdist("builds", "1", {"pyproject.toml": _BACKEND, "backend.py": _HOOKS})]
    ) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(_workspace(tmp_path)))
        monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path / "elsewhere"))
        monkeypatch.chdir(tmp_path / "elsewhere")
        yield tmp_path


# A source distribution that needs nothing to be built with, so that pip asks no index for it.
_BACKEND = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_HOOKS = b"""\
import os

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    os.mkdir(os.path.join(directory, "builds-1.dist-info"))
    with open(os.path.join(directory, "builds-1.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: builds\\nVersion: 1\\n")
    return "builds-1.dist-info"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    raise SystemExit("a lock builds nothing")
"""


def _debian_lock(folder: Path, added: tuple[str, ...]) -> None:
    architectures: dict[str, tuple[debian_lockfile.LockedPackage, ...]] = {"amd64": (), "arm64": ()}
    lock = debian_lockfile.Lock("debian13", "trixie", "13", "3.13", "2.41", "2030-06-30", {}, architectures, added)
    debian_lockfile.write(folder / "bases/debian13.lock.json", lock)


def test_the_table(tmp_path: Path) -> None:
    assert workspace.read(_workspace(tmp_path)) == Workspace(
        (
            PythonLock(
                requirements_lock="app/requirements_lock.txt",
                environments=("debian13_amd64", "debian11_amd64"),
                sources=("app/requirements.in",),
                wheels_lock="app/wheels.lock.json",
                constraints=("constraints.txt",),
                sdist=True,
            ),
        ),
        (DebianLock("bases/debian13.lock.json", "debian13", add=("libgl1",)),),
    )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "there is no table [tool.rules_distroless_python]"),
        ("[tool.other]\n", "there is no table [tool.rules_distroless_python]"),
        ("[[tool.rules_distroless_python.python]]\n", "missing environments, requirements_lock"),
        ("[tool.rules_distroless_python]\npythons = []\n", "unknown pythons"),
        ("[tool.rules_distroless_python]\npython = 1\n", "expected tuple"),
        ("tool = 1\n", "there is no table [tool.rules_distroless_python]"),
        ("[tool", "cannot be read as TOML"),
    ],
)
def test_a_wrong_table(tmp_path: Path, table: str, reason: str) -> None:
    with pytest.raises(ToolError) as caught:
        workspace.read(_workspace(tmp_path, table))
    (problem,) = caught.value.problems
    assert problem.subject == str(tmp_path / "pyproject.toml")
    assert reason in problem.reason


def test_no_pyproject(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="there is no table"):
        workspace.read(tmp_path)


def test_all_locks_are_made_and_what_fails_does_not_stop_the_others(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
    monkeypatch.setenv("DEBIAN_SECURITY_MIRROR", "http://127.0.0.1:9/debian-security")
    assert main([]) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert errors
    assert all("127.0.0.1:9/debian" in error for error in errors)
    assert (folder / "app/requirements_lock.txt").read_text().count("==") == 2
    distributions = json.loads((folder / "app/wheels.lock.json").read_text())["distributions"]
    assert {name: [file["file"] for file in files] for name, files in distributions.items()} == {
        "app": ["app-1-py3-none-any.whl"],
        "builds": ["builds-1.tar.gz"],
    }
    assert distributions["builds"][0]["environments"] == ["debian11_amd64"]
    assert not (folder / "bases/debian13.lock.json").exists()


@pytest.mark.parametrize(
    ("added", "options", "asked"),
    [(("libgl1",), [], 0), (("libgl1",), ["--debian"], 1), ((), [], 1), (None, [], 1)],
)
def test_debian_is_left_alone_unless_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, added: tuple[str, ...] | None, options: list[str], asked: int
) -> None:
    calls: list[object] = []
    monkeypatch.setattr("distroless_python.lock.debian.main.run", calls.append)
    if added is not None:
        _debian_lock(folder, added)
    assert main(options) == 0
    assert len(calls) == asked


def test_what_wheels_need_is_in_the_bases_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "constraints.txt").write_text("")
    (folder / "app/requirements.in").write_text("psycopg\n")
    asked: list[object] = []
    monkeypatch.setattr("distroless_python.lock.debian.main.run", lambda args: asked.append([args.add, args.also]))
    with PackageIndex([make_wheel("psycopg", "3")]) as index:
        index.configure_pip(monkeypatch, folder)
        assert main([]) == 0
    assert asked == [[[["libgl1"]], [["libpq5"]]]]
    assert "debian13.lock.json: with libpq5, which wheels need" in capsys.readouterr().err

    _debian_lock(folder, ("libgl1",))
    assert main(["--check"]) == 1
    assert "not debian13 on amd64 arm64 with libgl1 libpq5" in capsys.readouterr().err
    _debian_lock(folder, ("libgl1", "libpq5"))
    assert main(["--check"]) == 0


def test_check_reports_every_stale_lock(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _debian_lock(folder, ("libgl1",))
    monkey = [f"--environment={name}" for name in ("debian13_amd64", "debian11_amd64")]
    compiled = ["compile", "../app/requirements.in", "--constraint=../constraints.txt", *monkey]
    assert main([*compiled, "--output=../app/requirements_lock.txt"]) == 0
    requirements = ["wheels", "--requirements=../app/requirements_lock.txt", *monkey, "--sdist"]
    assert main([*requirements, "--output=../app/wheels.lock.json"]) == 0
    assert main(["--check"]) == 0
    capsys.readouterr()

    (folder / "constraints.txt").write_text("builds<1.5\n")
    with (folder / "app/requirements_lock.txt").open("a") as file:
        file.write("# edited\n")
    _debian_lock(folder, ())
    assert main(["--check"]) == 1
    said = capsys.readouterr().err
    assert said.count("error: ") == 3
    assert "../constraints.txt has changed" in said
    assert "requirements_lock.txt has changed" in said
    assert "it was made for debian13 on amd64 arm64, not debian13 on amd64 arm64 with libgl1" in said
    command = "lock -- compile requirements.in --constraint ../constraints.txt --environment debian13_amd64"
    assert command in said


def test_a_misspelt_environment_names_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(_workspace(tmp_path, _TABLE.replace("debian11", "debian7"))))
    assert main(["--check"]) == 1
    assert "error: debian7_amd64: no known environment" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["wheels"], ["compile"], ["debian"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*command, "--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(" ".join(["usage: lock", *command]))
    assert "--check" in said


_UV_TABLE = """
[[tool.rules_distroless_python.python]]
requirements_lock = "uv.lock"
wheels_lock = "app/wheels.lock.json"
environments = ["debian13_amd64"]
groups = ["dev"]
"""


def test_a_lock_of_another_tool_is_read_and_not_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [make_wheel("app", "1"), make_wheel("tester", "2")]
    (tmp_path / "app").mkdir()
    (tmp_path / "pyproject.toml").write_text(_UV_TABLE)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    with PackageIndex(files) as index:
        index.configure_pip(monkeypatch, tmp_path)
        packages = [uv_package("app", "1", index.url, files[:1]), uv_package("tester", "2", index.url, files[1:])]
        project = (
            '[[package]]\nname = "site"\nversion = "0"\nsource = { virtual = "." }\n'
            'dependencies = [{ name = "app" }]\n\n[package.dev-dependencies]\ndev = [{ name = "tester" }]\n'
        )
        (tmp_path / "uv.lock").write_text(uv_lock([*packages, project]))
        assert main(["--upgrade-package=app"]) == 0
    assert "uv.lock: its own tool moves its versions (uv lock --upgrade-package app)" in capsys.readouterr().err
    assert list(json.loads((tmp_path / "app/wheels.lock.json").read_text())["distributions"]) == ["app", "tester"]
    assert main(["--check"]) == 0
    (tmp_path / "pyproject.toml").write_text(_UV_TABLE.replace('groups = ["dev"]', 'packages = ["site"]'))
    assert main(["--check"]) == 1
    assert "it was made with groups dev, not packages site" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text(_UV_TABLE + 'sources = ["requirements.in"]\n')
    assert main([]) == 1
    assert "uv.lock is written by another tool, not from sources or constraints" in capsys.readouterr().err
