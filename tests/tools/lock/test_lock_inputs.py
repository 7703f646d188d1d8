"""One lock from every kind of input; what each may say about where files are; nothing secret in any of them."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from distroless_python.fetch import wheel as fetch_wheel
from distroless_python.lock.main import main
from support.foreign_locks import pylock, pylock_package, uv_lock, uv_package
from support.package_index import PackageIndex, Release, make_sdist, make_wheel

_ENVIRONMENTS = ("debian13_amd64", "debian11_amd64", "python3.13_arm64")
_FILES = {
    "site-app": [
        make_wheel(
            "site-app",
            "1",
            requires=["native[fast]", "backport; python_version < '3.11'"],
            requires_python=">=3.7",
        )
    ],
    "native": [
        make_wheel("native", "2", "cp313-cp313-manylinux_2_28_x86_64", requires=["speed; extra == 'fast'"]),
        make_wheel("native", "2", "cp313-cp313-manylinux_2_28_aarch64", requires=["speed; extra == 'fast'"]),
        make_wheel("native", "2", "cp39-cp39-manylinux2014_x86_64", requires=["speed; extra == 'fast'"]),
        make_sdist("native", "2", {}),
    ],
    "backport": [make_wheel("backport", "3")],
    "speed": [make_wheel("speed", "4")],
    "server": [make_wheel("server", "5", requires=["loop; extra == 'all'"], extras=["all"])],
    "loop": [make_wheel("loop", "6")],
    "driver": [make_wheel("driver", "7")],
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with PackageIndex([release for files in _FILES.values() for release in files]) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.delenv("NETRC", raising=False)
        monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "MODULE.bazel").touch()
        yield index


def _lock(source: str, environments: Sequence[str] = _ENVIRONMENTS, *options: str) -> int:
    words = [f"--environment={environment}" for environment in environments]
    return main(["wheels", f"--requirements={source}", "--output=wheels.lock.json", *words, *options])


def _locked() -> dict[str, Any]:
    value: dict[str, Any] = json.loads(Path("wheels.lock.json").read_text())
    return value


_VERSIONS = {name: files[0].file.split("-")[1] for name, files in _FILES.items()}
# What pip-tools says of each: its extras, marker and who asked for it.
_PIP_TOOLS = {
    "backport": ("", " ; python_version < '3.11'", "site-app"),
    "driver": ("", "", "-r requirements.in"),
    "loop": ("", "", "server"),
    "native": ("[fast]", "", "site-app"),
    "server": ("[all]", "", "-r requirements.in"),
    "site-app": ("", "", "-r requirements.in"),
    "speed": ("", "", "native"),
}


def _requirements() -> str:
    text = ""
    for name, (extras, marker, via) in _PIP_TOOLS.items():
        hashes = "".join(f" \\\n    --hash=sha256:{file.sha256}" for file in _FILES[name])
        text += f"{name}{extras}=={_VERSIONS[name]}{marker}{hashes}\n    # via {via}\n"
    return text


def _uv_lock(registry: str) -> str:
    rows = {
        "site-app": [
            '{ name = "backport", marker = "python_full_version < \'3.11\'" }',
            '{ name = "native", extra = ["fast"] }',
        ]
    }
    more = {
        "native": '[package.optional-dependencies]\nfast = [\n    { name = "speed" },\n]\n',
        "server": '[package.optional-dependencies]\nall = [\n    { name = "loop" },\n]\n',
    }
    packages = [
        uv_package(name, _VERSIONS[name], registry, files, rows.get(name, ()), more.get(name, ""))
        for name, files in _FILES.items()
    ]
    project = (
        '[[package]]\nname = "web"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [\n'
        '    { name = "server", extra = ["all"] },\n    { name = "site-app" },\n]\n\n'
        '[package.optional-dependencies]\npg = [\n    { name = "driver" },\n]\n'
    )
    return uv_lock([*packages, project])


def _pylock(registry: str) -> str:
    markers = {"backport": "python_version < '3.11'", "driver": "'pg' in extras"}
    return pylock(
        [
            pylock_package(
                name, _VERSIONS[name], registry, files, f'marker = "{markers[name]}"\n' if name in markers else ""
            )
            for name, files in _FILES.items()
        ],
        'extras = ["pg"]\n',
    )


_PROJECT = """\
[project]
name = "web"
dependencies = ["server[all]", "site-app"]
[project.optional-dependencies]
pg = ["driver"]
"""


def test_every_input_gives_the_same_lock(index: PackageIndex) -> None:
    Path("pyproject.toml").write_text(_PROJECT)
    Path("requirements_lock.txt").write_text(_requirements())
    Path("uv.lock").write_text(_uv_lock("https://elsewhere.example.com/simple"))
    Path("pylock.toml").write_text(_pylock("https://elsewhere.example.com/simple"))
    locks = {}
    for source, options in (
        ("requirements_lock.txt", ()),
        ("uv.lock", ("--extra=pg",)),
        ("pylock.toml", ("--extra=PG",)),
    ):
        assert _lock(source, _ENVIRONMENTS, *options) == 0
        assert b"example.com" not in Path("wheels.lock.json").read_bytes()  # the machine's index has every file
        lock = _locked()
        assert list(lock.pop("inputs")) == [source]
        assert lock.pop("selected", None) == ({"extras": ["pg"]} if options else None)
        locks[source] = json.dumps(lock, indent=1)
    assert locks["uv.lock"] == locks["requirements_lock.txt"]
    assert locks["pylock.toml"] == locks["requirements_lock.txt"]


def test_what_is_locked_of_it_is_checked(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text(_PROJECT)
    Path("uv.lock").write_text(_uv_lock("https://elsewhere.example.com/simple"))
    assert _lock("uv.lock") == 0
    assert "web is the workspace's own, in //, and in no lock" in capsys.readouterr().err
    assert _lock("uv.lock", _ENVIRONMENTS, "--check") == 0
    assert _lock("uv.lock", _ENVIRONMENTS, "--check", "--extra=pg") == 1
    said = capsys.readouterr().err
    assert "wheels.lock.json: it was made with no extras and groups, not extras pg" in said
    assert said.rstrip().endswith("--extra pg --output wheels.lock.json")
    Path("uv.lock").write_text(_uv_lock("https://elsewhere.example.com/simple") + "\n")
    assert _lock("uv.lock", _ENVIRONMENTS, "--check") == 1
    assert "wheels.lock.json: uv.lock has changed" in capsys.readouterr().err


def test_a_change_of_an_included_file_is_seen(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    Path("base.txt").write_text(_requirements())
    Path("requirements_lock.txt").write_text("-r base.txt\n")
    assert _lock("requirements_lock.txt") == 0
    assert list(_locked()["inputs"]) == ["base.txt", "requirements_lock.txt"]
    Path("base.txt").write_text(_requirements() + "# more\n")
    assert _lock("requirements_lock.txt", _ENVIRONMENTS, "--check") == 1
    assert "wheels.lock.json: base.txt has changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("poetry.lock", "poetry export --format requirements.txt --output requirements_lock.txt"),
        ("pdm.lock", "pdm export --format pylock --output pylock.toml"),
        ("Pipfile.lock", "pipenv requirements --hash > requirements_lock.txt"),
    ],
)
def test_locks_that_their_own_tools_export(
    file: str, command: str, index: PackageIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(file).touch()
    assert _lock(file) == 1
    assert f"{file}: is a lock that only its own tool reads\n    remedy: run {command}" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["uv.lock", "pylock.toml", "requirements_lock.txt"])
@pytest.mark.parametrize("wrong", ["sdist", "wheel"])
def test_what_another_index_has_is_locked_with_its_address(index: PackageIndex, source: str, wrong: str) -> None:
    """The machine's index has a release of that name as well, which is not the one that is locked."""
    Path("pyproject.toml").write_text(_PROJECT)
    files = [make_wheel("driver", "7", members={"other.py": b""})]
    with PackageIndex(files) as other:
        registry = f"{other.url}/simple"
        own, theirs = f'name = "driver"\nversion = "7"\n{{}}"{index.url}/simple"', f'"{registry}"'
        text = {
            "uv.lock": _uv_lock(f"{index.url}/simple"),
            "pylock.toml": _pylock(f"{index.url}/simple"),
            "requirements_lock.txt": f"--extra-index-url {registry}\n{_requirements()}",
        }[source]
        for middle in ("index = ", "source = { registry = "):
            text = text.replace(own.format(middle), own.format(middle).rpartition('"http')[0] + theirs)
        text = text.replace(_FILES["driver"][0].sha256, files[0].sha256)
        index.releases = [release for release in index.releases if release.project != "driver"]
        index.releases += [make_sdist("driver", "7", {})] if wrong == "sdist" else _FILES["driver"]
        Path(source).write_text(text)
        assert _lock(source, _ENVIRONMENTS, *(["--extra=pg"] if source != "requirements_lock.txt" else [])) == 0
        locked = _locked()["distributions"]
        assert locked["driver"][0]["url"] == f"{other.url}/files/{files[0].file}"
        assert {name for name, found in locked.items() if "url" in found[0]} == {"driver"}


def test_a_file_at_an_address(index: PackageIndex) -> None:
    file = _FILES["driver"][0]
    Path("requirements_lock.txt").write_text(f"driver @ {index.url}/files/{file.file}#sha256={file.sha256}\n")
    assert _lock("requirements_lock.txt") == 0
    (locked,) = _locked()["distributions"]["driver"]
    assert (locked["version"], locked["sha256"]) == ("7", file.sha256)
    assert locked["url"] == f"{index.url}/files/{file.file}"


def test_a_project_of_the_workspace_is_in_no_lock(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither itself, nor where a locked distribution requires it."""
    Path("libs/loop").mkdir(parents=True)
    Path("libs/loop/pyproject.toml").write_text('[project]\nname = "Loop"\n')
    hashes = _FILES["server"][0].sha256
    Path("requirements_lock.txt").write_text(f"-e libs/loop\nserver[all]==5 --hash=sha256:{hashes}\n")
    assert _lock("requirements_lock.txt") == 0
    assert (
        "requirements_lock.txt: loop is the workspace's own, in //libs/loop, and in no lock" in capsys.readouterr().err
    )
    assert _locked()["distributions"]["server"][0]["requires"] == {}
    assert list(_locked()["distributions"]) == ["server"]


_SECRET = "s3cret-of-the-index"


def _with_netrc(index: PackageIndex, folder: Path, patch: pytest.MonkeyPatch, password: str) -> None:
    (folder / ".netrc").write_text(f"machine 127.0.0.1 login me password {password}\n")


def _with_pip_configuration(index: PackageIndex, folder: Path, patch: pytest.MonkeyPatch, password: str) -> None:
    patch.delenv("PIP_INDEX_URL")
    (folder / "pip.conf").write_text(f"[global]\nindex-url = http://me:{password}@{index.host}/simple/\n")
    patch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))


def _with_keyring(index: PackageIndex, folder: Path, patch: pytest.MonkeyPatch, password: str) -> None:
    program = folder / "bin/keyring"
    program.parent.mkdir()
    answer = json.dumps({"username": "me", "password": password})  # newer pips ask for JSON
    program.write_text(f"#!/bin/sh\ncase \"$*\" in *json*) echo '{answer}';; *) echo {password};; esac\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    patch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    patch.setenv("PIP_KEYRING_PROVIDER", "subprocess")
    patch.setenv("PIP_INDEX_URL", f"http://me@{index.host}/simple/")


_LOGINS = (_with_netrc, _with_pip_configuration, _with_keyring)


def _fetch(file: Release, folder: Path) -> subprocess.CompletedProcess[str]:
    """As a repository rule fetches it."""
    name, version = file.file.split("-")[:2]
    words = [f"--file={file.file}", f"--name={name}", f"--version={version}", f"--sha256={file.sha256}"]
    return subprocess.run(
        [sys.executable, fetch_wheel.__file__, *words, f"--output={folder}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("login", _LOGINS)
def test_an_index_with_a_login(
    index: PackageIndex,
    login: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    index.login = ("me", _SECRET)
    login(index, tmp_path, monkeypatch, _SECRET)
    Path("requirements_lock.txt").write_text(_requirements())
    assert _lock("requirements_lock.txt", _ENVIRONMENTS, "--urls") == 0
    assert _locked()["distributions"]["speed"][0]["url"] == f"{index.url}/files/speed-4-py3-none-any.whl"
    fetched = _fetch(_FILES["speed"][0], tmp_path / "fetched")
    assert (fetched.returncode, os.listdir(tmp_path / "fetched")) == (0, ["speed-4-py3-none-any.whl"])
    said = capfd.readouterr()
    for text in (Path("wheels.lock.json").read_text(), said.out, said.err, fetched.stdout, fetched.stderr):
        assert _SECRET not in text
        assert "me@" not in text


@pytest.mark.parametrize("login", _LOGINS)
def test_a_wrong_password_is_an_error_without_a_question_and_not_repeated(
    index: PackageIndex,
    login: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    index.login = ("me", "another")
    login(index, tmp_path, monkeypatch, _SECRET)
    Path("requirements_lock.txt").write_text(_requirements())
    assert _lock("requirements_lock.txt") == 1
    fetched = _fetch(_FILES["speed"][0], tmp_path / "fetched")
    assert fetched.returncode == 1
    said = capfd.readouterr()
    assert "401" in said.err or "the package index has no driver 7" in said.err
    for text in (said.out, said.err, fetched.stdout, fetched.stderr):
        assert _SECRET not in text
        assert "Traceback" not in text


def test_a_variable_in_an_address_is_the_users(
    index: PackageIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with PackageIndex([make_wheel("secret", "1")], login=("token", _SECRET)) as private:
        monkeypatch.setenv("TOKEN", _SECRET)
        lines = [f"--extra-index-url http://token:${{TOKEN}}@{private.host}/simple/"]
        lines.append(f"secret==1 --hash=sha256:{private.releases[0].sha256}")
        Path("requirements_lock.txt").write_text("\n".join(lines))
        assert _lock("requirements_lock.txt", ["debian13_amd64"]) == 0
        text = Path("wheels.lock.json").read_text()
        assert json.loads(text)["distributions"]["secret"][0]["url"] == f"{private.url}/files/secret-1-py3-none-any.whl"
        said = capfd.readouterr()
        assert _SECRET not in text + said.out + said.err
