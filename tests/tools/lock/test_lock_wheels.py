"""Wheel locks from a package index: what is in them, and every way in which they cannot be made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from distroless_python.lock.main import main
from distroless_python.lock.sdists.builder import Needed
from support.package_index import PackageIndex, Release, make_sdist, make_wheel

_IMAGES = ("debian13_amd64", "debian13_arm64", "debian11_amd64")
_NATIVE_TAGS = (
    "cp313-cp313-manylinux_2_28_x86_64",
    "cp313-cp313-manylinux_2_28_aarch64",
    "cp39-cp39-manylinux2014_x86_64",
)
_SITE = [
    make_wheel(
        "Site",
        "1.0",
        requires=["native>=2", "Cycle.A", "backport; python_version < '3.11'", "extra-only; extra == 'more'"],
        requires_python=">=3.7",
        extras=["more"],
        members={"site_app/__init__.py": b"", "company/site/__init__.py": b""},
    ),
    *(make_wheel("native", "2.1", tag, members={"_native.so": b"", "native/__init__.py": b""}) for tag in _NATIVE_TAGS),
    make_wheel("native", "2.1", "cp313-cp313-win_amd64"),
    make_wheel("native", "2.2", "cp313-cp313-manylinux_2_28_x86_64"),
    make_wheel("Cycle.A", "1", requires=["cycle-b"]),
    make_wheel("cycle_b", "1", requires=["cycle-a"]),
    make_wheel("backport", "3"),
    make_wheel("extra-only", "1"),
]
_BUILDERS = [
    make_wheel("setuptools", "80.1"),
    make_wheel("wheel", "0.45", requires=["packaging"]),
    make_wheel("packaging", "25"),
]
_SITE_PINS = ("site==1.0", "native==2.1", "cycle-a==1", "cycle-b==1", "backport==3")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    with PackageIndex(list(_SITE)) as index:
        index.configure_pip(monkeypatch, tmp_path)
        monkeypatch.setattr("distroless_python.lock.sdists.builder.ensure", _no_builder)
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("BUILD_WORKING_DIRECTORY", raising=False)
        yield index


def _no_builder(release: str, output: Path, wanted: Needed) -> None:
    """Instead of the Debian archive's answer, what was asked for."""
    output.write_text(json.dumps([release, *map(sorted, (wanted.architectures, wanted.debs, wanted.distributions))]))


def _requirements(index: PackageIndex, pins: Iterable[str], *, sdists: bool = True) -> str:
    """The pins with the hashes of every file that the index has."""
    text = ""
    for number, pin in enumerate(pins, 1):
        line, _, via = pin.partition(" # ")
        name, _, version = line.partition(" ")[0].partition("==")
        files = [f for f in index.releases if f.project == name and f"-{version}" in f.file]
        files = [f for f in files if sdists or f.file.endswith(".whl")]
        assert files, f"{number}: {pin}"
        text += " ".join([line, *(f"--hash=sha256:{file.sha256}" for file in files)]) + "\n"
        text += f"    # via {via}\n" if via else ""
    return text


def _lock(requirements: str, environments: Sequence[str] = _IMAGES, *options: str) -> int:
    Path("requirements_lock.txt").write_text(requirements)
    words = [f"--environment={environment}" for environment in environments]
    return main(["wheels", "--requirements=requirements_lock.txt", "--output=wheels.lock.json", *words, *options])


def _distributions() -> dict[str, list[dict[str, Any]]]:
    value: dict[str, list[dict[str, Any]]] = json.loads(Path("wheels.lock.json").read_text())["distributions"]
    return value


def _errors(text: str) -> list[str]:
    """What was reported, without the remedies."""
    assert not Path("wheels.lock.json").exists()
    assert "Traceback" not in text
    return [
        line.removeprefix("error: requirements_lock.txt: ") for line in text.splitlines() if line.startswith("error: ")
    ]


def _sha256(file: str) -> str:
    return next(release.sha256 for release in _SITE if release.file == file)


def _sha256_of(index: PackageIndex, file: str) -> str:
    return next(release.sha256 for release in index.releases if release.file == file)


def test_golden(index: PackageIndex) -> None:
    assert _lock(_requirements(index, _SITE_PINS)) == 0
    lock = json.loads(Path("wheels.lock.json").read_text())
    assert lock["environments"] == {
        "debian11_amd64": {"python": "3.9", "architecture": "amd64", "os": "linux", "libc": "glibc 2.31"},
        "debian13_amd64": {"python": "3.13", "architecture": "amd64", "os": "linux", "libc": "glibc 2.41"},
        "debian13_arm64": {"python": "3.13", "architecture": "arm64", "os": "linux", "libc": "glibc 2.41"},
    }
    assert (lock["format"], lock["kind"], list(lock["inputs"])) == (1, "wheels", ["requirements_lock.txt"])
    everywhere = sorted(_IMAGES)

    def file(name: str, environments: Sequence[str], version: str, **more: Any) -> dict[str, Any]:
        return {
            "file": name,
            "sha256": _sha256(name),
            "version": version,
            "environments": environments,
            "requires": {},
            "extras": [],
            "direct": False,
            **more,
        }

    native: dict[str, Any] = {"version": "2.1", "top_level": ["_native", "native"]}
    required = ["cycle-a", "native"]
    assert lock["distributions"] == {
        "backport": [file("backport-3-py3-none-any.whl", ["debian11_amd64"], "3", top_level=["backport"])],
        "cycle-a": [
            file(
                "Cycle.A-1-py3-none-any.whl",
                everywhere,
                "1",
                requires={image: ["cycle-b"] for image in everywhere},
                top_level=[],
            )
        ],
        "cycle-b": [
            file(
                "cycle_b-1-py3-none-any.whl",
                everywhere,
                "1",
                requires={image: ["cycle-a"] for image in everywhere},
                top_level=["cycle_b"],
            )
        ],
        "native": [
            file("native-2.1-cp313-cp313-manylinux_2_28_aarch64.whl", ["debian13_arm64"], **native),
            file("native-2.1-cp313-cp313-manylinux_2_28_x86_64.whl", ["debian13_amd64"], **native),
            file("native-2.1-cp39-cp39-manylinux2014_x86_64.whl", ["debian11_amd64"], **native),
        ],
        "site": [
            file(
                "Site-1.0-py3-none-any.whl",
                everywhere,
                "1.0",
                requires={
                    "debian11_amd64": ["backport", *required],
                    "debian13_amd64": required,
                    "debian13_arm64": required,
                },
                direct=True,
                top_level=["company.site", "site_app"],
            )
        ],
    }


@pytest.mark.parametrize(("as_json", "ranges"), [(False, True), (True, False), (False, False)])
def test_made_twice_or_from_another_kind_of_index_it_is_the_same_bytes(
    index: PackageIndex, as_json: bool, ranges: bool
) -> None:
    requirements = _requirements(index, _SITE_PINS)
    assert _lock(requirements) == 0
    first = Path("wheels.lock.json").read_bytes()
    index.as_json, index.ranges = as_json, ranges
    index.releases.reverse()
    assert _lock(requirements, tuple(reversed(_IMAGES))) == 0
    assert Path("wheels.lock.json").read_bytes() == first
    assert b"127.0.0.1" not in first


def test_only_a_part_of_a_large_wheel_is_read(index: PackageIndex) -> None:
    large = make_wheel("large", "1", members={"large.py": b"", "large.bin": bytes(range(256)) * 16}).content
    padding = b"#" * (4 << 20)
    index.releases.append(Release("large-1-py3-none-any.whl", padding + large))
    assert _lock(_requirements(index, ["large==1"])) == 0
    assert 0 < index.bytes_sent < 1 << 20


def test_a_folder_of_wheels_serves_as_well(
    index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = _requirements(index, _SITE_PINS)
    assert _lock(requirements) == 0
    first = Path("wheels.lock.json").read_bytes()
    folder = tmp_path / "folder"
    folder.mkdir()
    for release in index.releases:
        (folder / release.file).write_bytes(release.content)
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    index.releases.clear()
    assert _lock(requirements, _IMAGES, "--urls") == 0  # what is on this machine only has no address
    assert Path("wheels.lock.json").read_bytes() == first


def test_addresses_are_in_the_lock_when_asked_for(index: PackageIndex) -> None:
    assert _lock(_requirements(index, ["backport==3"]), ["debian13_amd64"], "--urls") == 0
    (file,) = _distributions()["backport"]
    assert file["url"] == f"{index.url}/files/backport-3-py3-none-any.whl"


def test_comments_say_what_is_direct(index: PackageIndex) -> None:
    pins = ["cycle-a==1 # -r requirements.in", "cycle-b==1 # cycle-a", "backport==3 # -r requirements.in, site"]
    assert _lock(_requirements(index, pins)) == 0
    assert {name: files[0]["direct"] for name, files in _distributions().items()} == {
        "backport": True,
        "cycle-a": True,
        "cycle-b": False,
    }


def test_extras_bring_their_requirements(index: PackageIndex) -> None:
    pins = [*_SITE_PINS, "extra-only==1"]
    text = _requirements(index, pins).replace("site==1.0 ", "site[more]==1.0 ", 1)
    assert _lock(text, ["debian13_amd64"]) == 0
    (site,) = _distributions()["site"]
    assert site["extras"] == ["more"]
    assert site["requires"] == {"debian13_amd64": ["cycle-a", "extra-only", "native"]}


def test_two_versions_with_markers_serve_different_images(index: PackageIndex) -> None:
    index.releases += [make_wheel("native", "1", "cp311-cp311-manylinux2014_x86_64")]
    old = _requirements(index, ["native==1"]).replace("native==1", "native==1 ; python_version < '3.13'")
    new = _requirements(index, ["native==2.1"]).replace("native==2.1", "native==2.1 ; python_version >= '3.13'")
    assert _lock(old + new, ["debian13_amd64", "debian12_amd64"]) == 0
    found = {file["version"]: file["environments"] for file in _distributions()["native"]}
    assert found == {"1": ["debian12_amd64"], "2.1": ["debian13_amd64"]}


def test_every_missing_wheel_is_reported_in_one_run(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index.releases += [make_sdist("builds", "1", {}), make_wheel("musl", "1", "cp313-cp313-musllinux_1_2_x86_64")]
    index.releases += [make_sdist("musl", "1", {})]
    requirements = _requirements(index, ["native==2.2", "builds==1", "musl==1"])
    assert _lock(requirements, ["debian13_amd64", "debian13_arm64", "debian12_amd64"], "--no-sdist") == 1
    said = capsys.readouterr().err
    assert _errors(said) == [
        "line 1: native 2.2 has no wheel for debian13_arm64, debian12_amd64; "
        "the nearest wheels are for cp313-cp313-manylinux_2_28_x86_64",
        "line 2: builds 1 has no wheel for debian13_amd64, debian13_arm64, debian12_amd64; it has no wheels at all",
        "line 3: musl 1 has no wheel for debian13_amd64, debian13_arm64, debian12_amd64; "
        "the nearest wheels are for cp313-cp313-musllinux_1_2_x86_64",
    ]
    assert said.count("leave --no-sdist out to have it built") == 2


def test_a_missing_wheel_of_what_an_image_does_not_need_is_no_error(index: PackageIndex) -> None:
    index.releases = [
        make_wheel("app", "1", requires=["backport; python_version < '3.11'"]),
        make_wheel("backport", "1", "cp39-cp39-manylinux2014_x86_64"),
    ]
    assert _lock(_requirements(index, ["app==1", "backport==1"]), ["debian13_amd64", "debian11_amd64"]) == 0
    assert _distributions()["backport"][0]["environments"] == ["debian11_amd64"]


def test_a_source_distribution_serves_where_there_is_no_wheel(index: PackageIndex) -> None:
    metadata = b"Metadata-Version: 2.2\nName: builds\nRequires-Dist: native; python_version < '3.13'\n"
    sdist = make_sdist("builds", "1", {"PKG-INFO": metadata, "builds.egg-info/top_level.txt": b"builds\n_builds\n"})
    index.releases.append(make_wheel("native", "2.1", "cp311-cp311-manylinux2014_x86_64"))
    index.releases += [sdist, make_wheel("builds", "1", "cp313-cp313-manylinux_2_28_x86_64"), *_BUILDERS]
    pins = ["builds==1 # -r requirements.in", "backport==3 # builds", "native==2.1"]
    assert _lock(_requirements(index, pins), ["debian13_amd64", "debian12_amd64"]) == 0
    wheel, source = _distributions()["builds"]
    assert (wheel["environments"], "kind" in wheel) == (["debian13_amd64"], False)
    assert (source["file"], source["sha256"], source["kind"]) == ("builds-1.tar.gz", sdist.sha256, "sdist")
    assert source["requires"] == {"debian12_amd64": ["backport", "native"]}
    assert source["top_level"] == ["_builds", "builds"]
    assert source["environments"] == ["debian12_amd64"]


def test_what_a_source_distribution_is_built_with(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index.releases += [
        *_BUILDERS,
        make_sdist("pure", "1", {"setup.py": b"setup()"}),
        make_sdist("psycopg2", "2", {"psycopg.c": b"", "setup.py": b"setup()"}),
        make_sdist(
            "dated",
            "1",
            {"pyproject.toml": b"[build-system]\nrequires = ['setuptools<80', 'more ; os_name == \"nt\"']\n"},
        ),
        make_wheel("setuptools", "79.1"),
        make_wheel("more", "1"),
    ]
    requirements = _requirements(index, ["pure==1", "psycopg2==2", "dated==1"])
    assert _lock(requirements, ["debian13_amd64", "python3.12_amd64"]) == 0
    new = ["packaging-25-py3-none-any.whl", "setuptools-80.1-py3-none-any.whl", "wheel-0.45-py3-none-any.whl"]
    old = [new[0], "setuptools-79.1-py3-none-any.whl", new[2]]
    locked = {name: files[0] for name, files in _distributions().items()}
    assert locked["pure"]["pure"]
    assert "pure" not in locked["psycopg2"]
    both = {"debian13_amd64": {"wheels": old}, "python3.12_amd64": {"wheels": old}}
    assert locked["pure"]["build"] == locked["dated"]["build"] == both, "one version, where one does for all"
    assert locked["psycopg2"]["build"] == {"debian13_amd64": {"debs": ["libpq-dev", "perl-base"], "wheels": old}}, (
        "no builder for machines"
    )
    assert (
        "psycopg2-2.tar.gz (by a compiler and libpq-dev and perl-base), pure-1.tar.gz (by Python)"
        in capsys.readouterr().err
    )
    wheels = json.loads(Path("wheels.lock.json").read_text())["build_wheels"]
    assert sorted(wheels) == old
    asked = json.loads(Path("debian13-builder.lock.json").read_text())
    assert asked == ["debian13", ["amd64"], ["libpq-dev", "perl-base"], ["psycopg2"]]
    assert wheels[old[1]] == {"distribution": "setuptools", "version": "79.1", "sha256": _sha256_of(index, old[1])}

    # Where there is none for all, each has its own; a lock keeps the versions that it has.
    index.releases += [make_sdist("fresh", "1", {"pyproject.toml": b"[build-system]\nrequires = ['setuptools>=80']\n"})]
    assert _lock(_requirements(index, ["pure==1", "dated==1", "fresh==1"]), ["debian13_amd64"]) == 0
    found = {name: files[0]["build"]["debian13_amd64"]["wheels"] for name, files in _distributions().items()}
    assert found == {"pure": old, "dated": old, "fresh": new}


def test_a_lock_without_a_requirement(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    assert _lock("# nothing\n", ["debian13_amd64"]) == 1
    assert _errors(capsys.readouterr().err) == [
        "it has no requirement for debian13_amd64, so that the lock would be empty"
    ]


def test_build_requirements_without_a_solution(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index.releases += [
        make_sdist("odd", "1", {"pyproject.toml": b"[build-system]\nrequires = ['nowhere']\n"}),
        *_BUILDERS,
    ]
    assert _lock(_requirements(index, ["odd==1"]), ["debian13_amd64"]) == 1
    (error,) = _errors(capsys.readouterr().err)[:1]
    assert error == (
        "error: what odd-1.tar.gz is built with: debian13_amd64: "
        "nowhere: the package index has no such distribution for Python 3.13"
    )


def test_a_requirement_that_is_not_locked(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    assert _lock(_requirements(index, ["site==1.0", "native==2.1", "cycle-a==1"])) == 1
    assert _errors(capsys.readouterr().err) == [
        "cycle-a requires cycle-b on debian13_amd64, debian13_arm64, debian11_amd64, and cycle-b is not locked",
        "site requires backport on debian11_amd64, and backport is not locked",
    ]


def test_a_release_for_other_pythons(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index.releases += [make_wheel("modern", "1", requires_python=">=3.11")]
    assert _lock(_requirements(index, ["modern==1"])) == 1
    assert _errors(capsys.readouterr().err) == ["line 1: modern 1 needs Python >=3.11, which debian11_amd64 has not"]


def test_hashes_that_the_index_does_not_have(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"backport==3 --hash=sha256:{'0' * 64}\nunknown==1 --hash=sha256:{'0' * 64}\n"
    text += f"native==2.1 --hash=sha256:{_sha256('native-2.1-cp39-cp39-manylinux2014_x86_64.whl')}\n"
    assert _lock(text, ["debian13_amd64"]) == 1
    assert _errors(capsys.readouterr().err) == [
        "line 1: none of the 1 files of backport 3 on the package index has a hash that is locked",
        "line 2: the package index has no unknown 1",
        "line 3: native 2.1: native-2.1-cp313-cp313-manylinux_2_28_x86_64.whl would fit debian13_amd64, "
        "but its hash is not locked",
    ]


def test_a_name_that_is_locked_twice_for_one_image(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    assert _lock(_requirements(index, ["native==2.1", "native==2.2"]), ["debian13_amd64"]) == 1
    assert _errors(capsys.readouterr().err) == ["line 2: native is locked on line 1 too, for debian13_amd64 both"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_is_no_wheel(index: PackageIndex, capsys: pytest.CaptureFixture[str], ranges: bool) -> None:
    index.ranges = ranges
    index.releases += [Release("broken-1-py3-none-any.whl", b"this is not a zip file" * 100), make_wheel("odd", "1")]
    index.releases += [Release("empty-1-py3-none-any.whl", b"")]
    assert _lock(_requirements(index, ["broken==1", "odd==1", "empty==1"])) == 1
    said = capsys.readouterr().err
    assert [error.split(": ")[1] for error in _errors(said)] == [
        "broken-1-py3-none-any.whl",
        "empty-1-py3-none-any.whl",
    ]


def test_a_file_that_is_another_than_the_index_says(index: PackageIndex, capsys: pytest.CaptureFixture[str]) -> None:
    index.ranges = False
    requirements = _requirements(index, ["backport==3"])

    class Changed(Release):
        sha256 = _sha256("backport-3-py3-none-any.whl")

    index.releases = [Changed("backport-3-py3-none-any.whl", make_wheel("other", "3").content)]
    assert _lock(requirements) == 1
    assert "its SHA-256 is" in _errors(capsys.readouterr().err)[0]


def test_an_index_that_does_not_answer(
    index: PackageIndex, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = _requirements(index, ["backport==3"])
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert _lock(requirements) == 1
    assert "the package index has no backport 3" in _errors(capsys.readouterr().err)[0]


def test_check_needs_no_network(
    index: PackageIndex, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = _requirements(index, _SITE_PINS)
    assert _lock(requirements, _IMAGES, "--check") == 1
    assert "there is no such file" in capsys.readouterr().err
    assert _lock(requirements) == 0
    locked = Path("wheels.lock.json").read_bytes()
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    assert _lock(requirements, _IMAGES, "--check") == 0
    assert _lock(f"{requirements}# edited\n", _IMAGES[:1], "--check") == 1
    said = capsys.readouterr().err
    assert "requirements_lock.txt has changed" in said
    assert "it was made for debian11_amd64, debian13_amd64, debian13_arm64, not debian13_amd64" in said
    command = "run bazel run @rules_distroless_python//tools:lock -- wheels --requirements requirements_lock.txt "
    assert f"{command}--environment debian13_amd64 --output wheels.lock.json" in said
    assert Path("wheels.lock.json").read_bytes() == locked
