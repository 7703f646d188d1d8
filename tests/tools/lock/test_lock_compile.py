"""Requirements locks by pip-tools, for Pythons that are not the running one; no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from distroless_python.lock.main import main
from support.package_index import PackageIndex, make_sdist, make_wheel

_INDEX = [
    make_wheel("app", "1.0", requires=["backport>=1; python_version < '3.11'", "common"]),
    make_wheel("app", "1.1", requires=["backport>=1; python_version < '3.11'", "common"], requires_python=">=3.9"),
    make_wheel("backport", "1", requires=["older; python_version < '3.10'"]),
    make_wheel("older", "1"),
    make_wheel("common", "1"),
    make_wheel("common", "2", requires_python=">=3.11"),
    make_wheel("common", "3", requires_python=">=3.13"),
    make_wheel("arm", "1", requires=["neon; platform_machine == 'aarch64'", "mac; sys_platform == 'darwin'"]),
    make_wheel("neon", "1"),
    make_wheel("mac", "1"),
    make_wheel("binary", "1", "cp311-cp311-manylinux2014_x86_64"),
    make_wheel("binary", "2", "cp313-cp313-manylinux_2_41_x86_64"),
    make_wheel("extras", "1", requires=["common; extra == 'c'", "arm; extra == 'a'"], extras=["a", "c"]),
]


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with PackageIndex(list(_INDEX)) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
        monkeypatch.chdir(tmp_path)
        yield index


def _compile(text: str, environments: Sequence[str], *options: str, source: str = "requirements.in") -> int:
    Path(source).write_text(text)
    words = [f"--environment={environment}" for environment in environments]
    return main(["compile", source, "--output=requirements_lock.txt", *words, *options])


def _lines() -> list[str]:
    """The lock's requirements, hashes and comments left out."""
    return [line.rstrip(" \\") for line in Path("requirements_lock.txt").read_text().splitlines() if "==" in line[:40]]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("debian10_amd64", ["app==1.0", "backport==1", "common==1", "older==1"]),
        ("debian11_amd64", ["app==1.1", "backport==1", "common==1", "older==1"]),
        ("python3.10_arm64", ["app==1.1", "backport==1", "common==1"]),
        ("debian12_amd64", ["app==1.1", "common==2"]),
        ("debian13_arm64", ["app==1.1", "common==3"]),
        ("python3.14_macos_arm64", ["app==1.1", "common==3"]),
    ],
)
def test_the_closure_is_that_of_the_images_python(environment: str, expected: list[str]) -> None:
    assert _compile("app\n", [environment]) == 0
    assert _lines() == expected


def test_golden_for_several_images(index: PackageIndex) -> None:
    environments = ["debian13_amd64", "debian13_arm64", "debian12_amd64", "debian11_amd64"]
    assert _compile("app\narm\n", environments) == 0

    def hashes(*files: str) -> str:
        digests = sorted(release.sha256 for release in index.releases if release.file in files)
        return "".join(f" \\\n    --hash=sha256:{digest}" for digest in digests)

    text = Path("requirements_lock.txt").read_text()
    header, made_of, rest = text.split("\n", 2)
    assert header.startswith("# Written with pip-tools")
    assert json.dumps(environments) in made_of
    # With markers, and the first environment's versions wherever they fit.
    assert rest == (
        f"app==1.1{hashes('app-1.1-py3-none-any.whl')}\n    # via -r requirements.in\n"
        f"arm==1{hashes('arm-1-py3-none-any.whl')}\n    # via -r requirements.in\n"
        f"backport==1 ; python_version < '3.11'{hashes('backport-1-py3-none-any.whl')}\n    # via app\n"
        f"common==1 ; python_version < '3.11'{hashes('common-1-py3-none-any.whl')}\n    # via app\n"
        "common==2 ; python_version >= '3.11' and python_version < '3.13'"
        f"{hashes('common-2-py3-none-any.whl')}\n    # via app\n"
        f"common==3 ; python_version >= '3.13'{hashes('common-3-py3-none-any.whl')}\n    # via app\n"
        f"neon==1 ; platform_machine == 'aarch64'{hashes('neon-1-py3-none-any.whl')}\n    # via arm\n"
        f"older==1 ; python_version < '3.11'{hashes('older-1-py3-none-any.whl')}\n    # via backport\n"
    )
    assert "127.0.0.1" not in text


def test_made_twice_it_is_the_same_bytes() -> None:
    environments = ["debian11_amd64", "debian13_amd64"]
    assert _compile("app\nextras[c]\n", environments) == 0
    first = Path("requirements_lock.txt").read_bytes()
    assert _compile("app\nextras[c]\n", environments) == 0
    assert Path("requirements_lock.txt").read_bytes() == first


def test_a_wheel_has_to_fit_the_image() -> None:
    assert _compile("binary\n", ["debian12_amd64"]) == 0
    assert _lines() == ["binary==1"]
    assert _compile("binary\n", ["debian13_amd64"]) == 0
    assert _lines() == ["binary==2"]


def test_hashes_of_every_file_are_there_with_nothing_downloaded(index: PackageIndex) -> None:
    index.releases += [make_wheel("binary", "2", "cp314-cp314-win_amd64"), make_sdist("binary", "2", {})]
    assert _compile("binary\n", ["debian13_amd64"]) == 0
    locked = set(re.findall(r"sha256:(\w+)", Path("requirements_lock.txt").read_text()))
    assert locked == {release.sha256 for release in index.releases if release.file.startswith("binary-2")}
    assert len(locked) == 3
    assert index.bytes_sent < sum(len(release.content) for release in index.releases)


def test_extras_stay_in_the_lock() -> None:
    assert _compile("extras[c]\n", ["debian13_amd64"]) == 0
    assert _lines() == ["common==3", "extras[c]==1"]


def test_pins_stay_until_they_are_upgraded(index: PackageIndex) -> None:
    assert _compile("app\n", ["debian12_amd64"]) == 0
    index.releases += [make_wheel("app", "2", requires=["common"]), make_wheel("common", "2.5")]
    assert _compile("app\n", ["debian12_amd64"]) == 0
    assert _lines() == ["app==1.1", "common==2"]
    assert _compile("app\n", ["debian12_amd64"], "--upgrade-package=common") == 0
    assert _lines() == ["app==1.1", "common==2.5"]
    assert _compile("app\n", ["debian12_amd64"], "--upgrade-package=app==1.0") == 0
    assert _lines() == ["app==1.0", "common==2.5"]
    assert _compile("app\n", ["debian12_amd64"], "--upgrade") == 0
    assert _lines() == ["app==2", "common==2.5"]


def test_pins_that_an_older_python_cannot_install_do_not_hold_others_back(index: PackageIndex) -> None:
    index.releases += [
        make_wheel("app", "0.1")
    ]  # needs nothing: where a resolver ends that is forced to keep common==3
    assert _compile("app\n", ["debian13_amd64"]) == 0
    assert _compile("app\n", ["debian13_amd64", "debian11_amd64"]) == 0
    assert "app==1.1" in _lines()
    assert not [line for line in _lines() if line.startswith("app==0.1")]


def test_files_that_were_published_later_are_locked_on_the_next_run(index: PackageIndex) -> None:
    assert _compile("common<2\n", ["debian13_amd64"]) == 0
    late = make_wheel("common", "1", "cp313-cp313-manylinux_2_28_x86_64")
    index.releases.append(late)
    assert _compile("common<2\n", ["debian13_amd64"]) == 0
    assert late.sha256 in Path("requirements_lock.txt").read_text()


def test_what_was_no_lock_with_hashes_is_written_anew(capsys: pytest.CaptureFixture[str]) -> None:
    Path("requirements_lock.txt").write_text("common==1\n")
    assert _compile("common\n", ["debian13_amd64"]) == 0
    assert _lines() == ["common==3"]
    assert "requirements_lock.txt: is not a lock with hashes: its versions are not kept" in capsys.readouterr().err


def test_constraints_hold() -> None:
    Path("constraints.txt").write_text("common<3\n")
    assert _compile("app\n", ["debian13_amd64"], "--constraint=constraints.txt") == 0
    assert _lines() == ["app==1.1", "common==2"]


_PROJECT = """\
[project]
name = "mysite"
version = "1"
dependencies = ["common<2"]
optional-dependencies.arm = ["arm"]

[dependency-groups]
dev = ["binary", {include-group = "more"}]
more = ["older"]
loop = [{include-group = "loop"}]
"""


def test_a_project_with_an_extra_and_a_group() -> None:
    options = ["--extra=arm", "--group=dev"]
    assert _compile(_PROJECT, ["debian13_amd64"], *options, source="pyproject.toml") == 0
    assert _lines() == ["arm==1", "binary==2", "common==1", "older==1"]
    text = Path("requirements_lock.txt").read_text()
    assert text.count("# via mysite (pyproject.toml)\n") == 2
    assert text.count("# via pyproject.toml:dev\n") == 2


def test_a_group_alone() -> None:
    Path("sub").mkdir()
    Path("sub/pyproject.toml").write_text(_PROJECT)
    options = ["--environment=debian13_amd64", "--output=requirements_lock.txt"]
    assert main(["compile", "--group=sub/pyproject.toml:more", *options]) == 0
    assert _lines() == ["older==1"]
    assert "# via sub/pyproject.toml:more\n" in Path("requirements_lock.txt").read_text()


@pytest.mark.parametrize(
    ("group", "reason"), [("absent", "Dependency group 'absent' not found"), ("loop", "loop includes itself")]
)
def test_a_group_that_is_not_there(capsys: pytest.CaptureFixture[str], group: str, reason: str) -> None:
    assert _compile(_PROJECT, ["debian13_amd64"], f"--group={group}", source="pyproject.toml") == 1
    said = capsys.readouterr().err
    assert reason in said
    assert "its groups are: dev, loop, more" in said
    assert not Path("requirements_lock.txt").exists()


def test_a_project_for_another_python(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.12"\n')
    assert _compile("common\n", ["debian13_amd64", "debian12_amd64", "debian11_amd64"]) == 1
    said = capsys.readouterr().err
    assert (
        "requires-python: is for Python >=3.12, which debian12_amd64 (Python 3.11), debian11_amd64 (Python 3.9) has"
        in said
    )
    assert _compile("common\n", ["debian13_amd64"]) == 0
    Path("pyproject.toml").write_text('[project]\nrequires-python = "newest"\n')
    assert _compile("common\n", ["debian13_amd64"]) == 1
    assert "'newest' is not a valid version specifier" in capsys.readouterr().err


def test_a_checkout_names_the_nearest_release(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        "common @ git+https://user:secret@example.com/common.git@v2",
        "arm # not git+https://example.com/arm",
        "-e git+ssh://git@example.com/x/unheard-of.git@main#egg=unheard_of",
    ]
    assert _compile("\n".join(lines), ["debian13_amd64"]) == 1
    said = capsys.readouterr().err
    assert said.count("error: ") == 2
    assert "requirements.in: line 1: git+https://example.com/common.git@v2 is a checkout, which has no hash" in said
    assert "write common==2 (the newest release is 3), or build its wheel" in said
    assert "name a released version of unheard-of" in said
    assert "secret" not in said
    assert not Path("requirements_lock.txt").exists()


def test_several_sources_that_include_others() -> None:
    Path("sub").mkdir()
    Path("sub/base.in").write_text("common\n")
    Path("other.in").write_text("older\n")
    assert _compile("-r sub/base.in\narm\n", ["debian13_amd64"], "other.in") == 0
    assert _lines() == ["arm==1", "common==3", "older==1"]
    assert _compile("-r sub/base.in\narm\n", ["debian13_amd64"], "other.in", "--check") == 0
    Path("sub/base.in").write_text("common<3\n")
    assert _compile("-r sub/base.in\narm\n", ["debian13_amd64"], "other.in", "--check") == 1


def test_no_solution_is_reported_for_every_image_and_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert _compile("common\n", ["debian13_amd64", "debian12_amd64", "debian11_amd64"]) == 0
    before = Path("requirements_lock.txt").read_bytes()
    assert _compile("common>=3\n", ["debian13_amd64", "debian12_amd64", "debian11_amd64"]) == 1
    said = capsys.readouterr().err
    for environment in ("debian12_amd64", "debian11_amd64"):
        assert f"error: {environment}: common>=3: the package index has it for other Pythons too" in said
    assert "common>=3" in said
    assert "Traceback" not in said
    assert Path("requirements_lock.txt").read_bytes() == before


@pytest.mark.parametrize(
    ("sources", "options", "reason"),
    [
        (["absent.in"], [], "absent.in: cannot be read: No such file or directory"),
        ([], [], "requirements_lock.txt: there is nothing to compile it from"),
        (["requirements.in"], ["--upgrade-package=not a name!"], "not a name!: "),
    ],
)
def test_wrong_arguments(
    capsys: pytest.CaptureFixture[str], sources: list[str], options: list[str], reason: str
) -> None:
    Path("requirements.in").write_text("app\n")
    words = ["--environment=debian13_amd64", "--output=requirements_lock.txt"]
    assert main(["compile", *sources, *words, *options]) == 1
    assert f"error: {reason}" in capsys.readouterr().err


def test_check_needs_no_network(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert _compile("app\n", ["debian13_amd64"], "--check") == 1
    assert "there is no such file" in capsys.readouterr().err
    assert _compile("app\n", ["debian13_amd64"]) == 0
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert _compile("app\n", ["debian13_amd64"], "--check") == 0
    assert _compile("app>1\n", ["debian13_amd64", "debian12_amd64"], "--check") == 1
    said = capsys.readouterr().err
    assert "requirements.in has changed" in said
    assert "made for the environments debian13_amd64, not debian13_amd64, debian12_amd64" in said
    command = "bazel run @rules_distroless_python//tools:lock -- compile requirements.in --environment debian13_amd64"
    assert command in said


def test_settings_of_a_project_that_mean_nothing_here_are_not_seen() -> None:
    Path("pyproject.toml").write_text("[tool.pip-tools]\ngenerate-hashes = false\n")
    Path("packaging.py").write_text("raise SystemExit('imported from the current folder')\n")
    assert _compile("common\n", ["debian13_amd64"]) == 0
    assert "--hash=sha256:" in Path("requirements_lock.txt").read_text()


def test_what_people_write_comes_into_the_lock_as_the_wheel_lock_reads_it(
    index: PackageIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another index with a login, a folder of wheels, a file at an address, a project of the workspace, comments."""
    secret = "s3cret-of-the-index"
    Path("MODULE.bazel").touch()
    Path("libs/core").mkdir(parents=True)
    project = '[project]\nname = "core"\nversion = "0"\ndependencies = ["backport"]\n'
    Path("libs/core/pyproject.toml").write_text(project)
    Path("wheels").mkdir()
    folder = make_wheel("found", "1")
    Path("wheels", folder.file).write_bytes(folder.content)
    with PackageIndex([make_wheel("secret", "1")], login=("token", secret)) as private:
        monkeypatch.setenv("TOKEN", secret)
        address = f"{index.url}/files/neon-1-py3-none-any.whl"
        Path("base.txt").write_text(f"neon @ {address}  # ours\n-e ./libs/core\n")
        source = (
            f"--extra-index-url http://token:${{TOKEN}}@{private.host}/simple/\n--find-links wheels\n"
            "-r base.txt\nsecret  # theirs\nfound ; python_version > '3'\n"
        )
        for _ in range(2):  # the lock is read again by the second run
            assert _compile(source, ["debian13_amd64", "debian12_amd64"]) == 0
            text = Path("requirements_lock.txt").read_text()
            assert secret not in text
            plain = [line.rstrip(" \\") for line in text.splitlines() if line[0] not in " #"]
            assert plain == [
                f"--extra-index-url=http://{private.host}/simple/",
                "--find-links=wheels",
                "-e libs/core",
                "backport==1",
                "found==1",
                f"neon @ {address}",
                "secret==1",
            ]
        (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login token password {secret}\n")
        lock = ["wheels", "--requirements=requirements_lock.txt", "--output=wheels.lock.json"]
        assert main([*lock, "--environment=debian13_amd64"]) == 0
        files = json.loads(Path("wheels.lock.json").read_text())["distributions"]
        assert {name: found[0].get("url") for name, found in files.items()} == {
            "backport": None,
            "found": None,
            "neon": address,
            "secret": f"{private.url}/files/secret-1-py3-none-any.whl",
        }
