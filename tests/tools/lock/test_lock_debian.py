"""`lock debian` from end to end, on a mirror made here; and what happens when a locked package is gone."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from distroless_python.debian.releases import ARCHITECTURES, BUILDER, DEBUG, GROUPS, RELEASES
from distroless_python.documents import debian_lock as lockfile
from distroless_python.errors import ToolError
from distroless_python.fetch import missing_deb as missing
from distroless_python.lock.debian import main
from support.debs import Archive, Key

pytestmark = pytest.mark.skipif(not shutil.which("gpgv"), reason="gpgv is not installed")

PROFILE = RELEASES["debian13"]
NAMES = [*(name for names in PROFILE.packages.values() for name in names), *DEBUG]


@pytest.fixture
def mirrors(tmp_path: Path) -> tuple[Archive, Archive]:
    """The archives `debian` and `debian-security` with every package of a base, and a library to add."""
    debian, security = (Archive(tmp_path / name, Key.make()) for name in ("debian", "debian-security"))
    for architecture in ARCHITECTURES:
        for name in dict.fromkeys(NAMES):
            fields = {} if name == "libc6" else {"depends": "libc6 (>= 2.41), debconf | debconf-2.0"}
            debian.add("trixie", name, "2.41-12", architecture=architecture, **fields)
        debian.add("trixie", "libgl1", "1.7", architecture=architecture, depends="libc6, libx11-6 (>= 2), libglx-mesa0")
        debian.add("trixie-updates", "tzdata", "3.0", architecture=architecture)
        debian.add("trixie", "libx11-6", "1.0", architecture=architecture)
        security.add("trixie-security", "libx11-6", "1:2.0", architecture=architecture)
    debian.publish("trixie")
    debian.publish("trixie-updates")
    security.publish("trixie-security")
    (tmp_path / "keyring.gpg").write_bytes(Key.make().keyring())
    return debian, security


def lock(tmp_path: Path, *args: str, output: str = "base.lock.json", release: str = "debian13") -> int:
    where = ["--mirror", (tmp_path / "debian").as_uri(), "--security-mirror", (tmp_path / "debian-security").as_uri()]
    fixed = ["--keyring", str(tmp_path / "keyring.gpg"), "--release", release, "--output", str(tmp_path / output)]
    return main.main([*fixed, *where, *args])


def test_a_lock(tmp_path: Path, mirrors: tuple[Archive, Archive]) -> None:
    assert lock(tmp_path) == 0
    text = (tmp_path / "base.lock.json").read_text()
    assert "://" not in text
    assert str(tmp_path) not in text
    found = lockfile.read(tmp_path / "base.lock.json")
    assert (found.release, found.codename, found.version_id, found.python) == ("debian13", "trixie", "13", "3.13")
    assert found.glibc == "2.41"
    assert found.archives == {"debian": ("trixie", "trixie-updates"), "debian-security": ("trixie-security",)}
    assert list(found.architectures) == ["amd64", "arm64"]
    packages = found.architectures["arm64"]
    assert [package.name for package in packages] == list(dict.fromkeys(NAMES))
    assert [package.group for package in packages] == sorted((p.group for p in packages), key=(*GROUPS, "debug").index)
    tzdata = packages[NAMES.index("tzdata")]
    assert (tzdata.version, tzdata.path) == ("3.0", "pool/main/t/tzdata/tzdata_3.0_arm64.deb")


def test_a_lock_made_twice_is_the_same_bytes(tmp_path: Path, mirrors: tuple[Archive, Archive]) -> None:
    lock(tmp_path, "--add", "libgl1", "netbase")
    lock(tmp_path, "--add", "netbase", "--add", "libgl1", output="again.lock.json")
    assert (tmp_path / "base.lock.json").read_bytes() == (tmp_path / "again.lock.json").read_bytes()


def test_added_packages_bring_what_they_need_and_stay(tmp_path: Path, mirrors: tuple[Archive, Archive]) -> None:
    assert lock(tmp_path, "--add", "libgl1", "--arch", "amd64") == 0
    first = lockfile.read(tmp_path / "base.lock.json")
    added = [(p.name, p.version, p.archive) for p in first.architectures["amd64"] if p.group == "added"]
    assert added == [("libgl1", "1.7", "debian"), ("libx11-6", "1:2.0", "debian-security")]
    assert {p.required_by for p in first.architectures["amd64"] if p.group == "added"} == {("libgl1",)}
    assert {p.required_by for p in first.architectures["amd64"] if p.group != "added"} == {()}
    assert first.added == ("libgl1",)
    assert lock(tmp_path) == 0
    assert lockfile.read(tmp_path / "base.lock.json") == first
    assert lock(tmp_path, "--also", "netbase") == 0
    assert lockfile.read(tmp_path / "base.lock.json").added == ("libgl1", "netbase")
    assert lock(tmp_path, "--add", "netbase") == 0
    assert "libgl1" not in (tmp_path / "base.lock.json").read_text()


def test_a_builder(tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]) -> None:
    for name in {*BUILDER, *PROFILE.builder} - set(NAMES):
        for architecture in ARCHITECTURES:
            mirrors[0].add("trixie", name, "9", architecture=architecture, depends="libc6, dpkg, zlib1g, libdpkg-perl")
    mirrors[0].publish("trixie")
    assert lock(tmp_path, "--builder", "--add", "libgl1") == 0
    found = lockfile.read(tmp_path / "base.lock.json")
    assert found.builder
    assert found.glibc == "2.41"
    groups = {p.name: (p.group, p.required_by) for p in found.architectures["arm64"]}
    assert groups.keys() == {*BUILDER, *PROFILE.builder, "libc6", "zlib1g", "libgl1", "libx11-6"}
    assert groups["gcc"] == groups["zlib1g"] == ("builder", ())
    assert groups["libx11-6"] == ("added", ("libgl1",))
    assert lock(tmp_path) == 1
    assert "it is the lock of a builder\n    remedy: add --builder, or give another --output" in capsys.readouterr().err


def test_check(tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]) -> None:
    assert lock(tmp_path, "--check") == 1
    assert not (tmp_path / "base.lock.json").exists()
    lock(tmp_path)
    before = (tmp_path / "base.lock.json").read_bytes()
    assert lock(tmp_path, "--check") == 0
    mirrors[1].add("trixie-security", "libc6", "2.41-13")
    mirrors[1].publish("trixie-security")
    capsys.readouterr()
    assert lock(tmp_path, "--check") == 1
    message = capsys.readouterr().err
    assert "base.lock.json: libc6 (amd64): locked 2.41-12, the archive has 2.41-13" in message
    assert "tools:lock -- debian --release debian13 --output" in message
    assert (tmp_path / "base.lock.json").read_bytes() == before


def test_every_problem_is_named_and_nothing_is_written(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    mirrors[0].add("trixie", "libffi8", "9", depends="libnew1")
    mirrors[0].publish("trixie")
    assert lock(tmp_path, "--add", "nonsense") == 1
    message = capsys.readouterr().err
    assert "libffi8: depends on libnew1, which the base does not have" in message
    assert message.count("nonsense: no such package in this release") == 2
    assert not (tmp_path / "base.lock.json").exists()


def test_all_suites_that_are_refused_are_named(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    for archive, suite in ((mirrors[0], "trixie"), (mirrors[1], "trixie-security")):
        path = archive.root / "dists" / suite / "InRelease"
        path.write_bytes(path.read_bytes().replace(b"Origin: Debian", b"Origin: debian"))
    assert lock(tmp_path) == 1
    message = capsys.readouterr().err
    assert message.count("refused: its signature was not made by a key of") == 2
    assert "dists/trixie/InRelease" in message
    assert "dists/trixie-security/InRelease" in message


def test_a_file_that_the_mirror_lists_and_lacks(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    (mirrors[0].root / "pool/main/l/libc6/libc6_2.41-12_arm64.deb").unlink()
    assert lock(tmp_path) == 1
    message = capsys.readouterr().err
    assert "libc6_2.41-12_arm64.deb: libc6: the index lists it, the mirror does not have it" in message
    assert not (tmp_path / "base.lock.json").exists()


@pytest.mark.parametrize(
    "content", ["{", "[]", "[" * 100_000, '{"format": 2, "kind": "debian"}', '{"format": 1, "kind": "wheels"}']
)
def test_a_lock_of_another_format(tmp_path: Path, content: str) -> None:
    (tmp_path / "base.lock.json").write_text(content)
    with pytest.raises(ToolError, match=r"base\.lock\.json: .*\n.*lock again: bazel run .*tools:lock -- debian"):
        lockfile.read(tmp_path / "base.lock.json")


def test_a_lock_with_a_wrong_key(tmp_path: Path, mirrors: tuple[Archive, Archive]) -> None:
    lock(tmp_path)
    value = json.loads((tmp_path / "base.lock.json").read_text())
    value["architectures"]["amd64"][3]["url"] = "x"
    (tmp_path / "base.lock.json").write_text(json.dumps(value))
    with pytest.raises(ToolError, match=r"architectures\.amd64\[3\]: unknown url\n.*lock again"):
        lockfile.read(tmp_path / "base.lock.json")


# When a package is gone.


def gone(tmp_path: Path, *args: str, package: str = "libc6", architecture: str = "amd64") -> int:
    where = ["--mirror", (tmp_path / "debian").as_uri(), "--security-mirror", (tmp_path / "debian-security").as_uri()]
    fixed = ["--keyring", str(tmp_path / "keyring.gpg"), "--lock", str(tmp_path / "base.lock.json")]
    return missing.main([*fixed, *where, "--package", package, "--arch", architecture, *args])


@pytest.fixture
def locked(tmp_path: Path, mirrors: tuple[Archive, Archive]) -> tuple[Archive, Archive]:
    """A lock, and a point release since."""
    lock(tmp_path)
    mirrors[0].add("trixie", "libc6", "2.41-12+deb13u1")
    mirrors[0].publish("trixie")
    return mirrors


def test_a_package_that_is_gone_is_an_error_with_both_versions_and_the_command(
    tmp_path: Path, locked: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    assert gone(tmp_path) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "libc6 (amd64): version 2.41-12 is gone from the mirror, which has 2.41-12+deb13u1 now" in output.err
    assert "bazel run @rules_distroless_python//tools:lock -- debian --release debian13 --output" in output.err


def test_newest_gives_what_the_mirror_has(
    tmp_path: Path, locked: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    deb = locked[1].add("trixie-security", "libc6", "2.41-12+deb13u2")
    locked[1].publish("trixie-security", valid_until="Sat, 08 Aug 2020 00:00:00 UTC")
    assert gone(tmp_path, "--newest") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["version"], found["archive"]) == ("2.41-12+deb13u2", "debian-security")
    assert locked[1].root / found["path"] == deb
    assert (found["size"], len(found["sha256"])) == (deb.stat().st_size, 64)


def test_newest_refuses_an_index_that_is_not_signed(
    tmp_path: Path, locked: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keyring.gpg").write_bytes(Key.make(1).keyring())
    assert gone(tmp_path, "--newest") == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "refused: its signature" in output.err
    assert gone(tmp_path) == 1
    message = capsys.readouterr().err
    assert "libc6 (amd64): version 2.41-12 is gone from the mirror, and its index cannot be read" in message
    assert "refused: its signature" in message


def test_other_ways_to_be_gone(
    tmp_path: Path, locked: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    assert gone(tmp_path, package="libffi8") == 1
    assert "version 2.41-12 is in the mirror's index, but its file is not there" in capsys.readouterr().err
    assert gone(tmp_path, package="libx11-6") == 1
    assert "the lock does not have it" in capsys.readouterr().err
    for archive, suite in ((locked[0], "trixie"), (locked[0], "trixie-updates"), (locked[1], "trixie-security")):
        Archive(archive.root, archive.key).publish(suite)
    assert gone(tmp_path, "--newest") == 1
    assert "which has no version of it any more" in capsys.readouterr().err


def test_run_by_its_path(tmp_path: Path, locked: tuple[Archive, Archive]) -> None:
    where = ["--mirror", locked[0].address, "--security-mirror", locked[1].address]
    what = ["--lock", str(tmp_path / "base.lock.json"), "--package", "libc6", "--arch", "amd64"]
    command = [sys.executable, missing.__file__, *what, *where, "--keyring", str(tmp_path / "keyring.gpg"), "--newest"]
    result = subprocess.run(command, capture_output=True, check=True, cwd="/")
    assert json.loads(result.stdout)["version"] == "2.41-12+deb13u1"


# The locks of this repository.

BASES = Path(__file__).parents[3] / "bases"
RELEASED = sorted(release for release, profile in RELEASES.items() if profile.end_of_life and profile.packages)


@pytest.mark.skipif(not BASES.is_dir(), reason="the repository's locks are not beside the tests")
@pytest.mark.parametrize("release", RELEASED)
def test_checked_in_builders(release: str) -> None:
    path = BASES / f"{release}-builder.lock.json"
    found = lockfile.read(path)
    assert "://" not in path.read_text()
    assert (found.builder, found.release) == (True, release)
    for packages in found.architectures.values():
        names = {package.name for package in packages if package.group == "builder"}
        assert {*BUILDER, *RELEASES[release].builder} <= names
        assert {name for package in packages for name in package.required_by} == set(found.added)


@pytest.mark.skipif(not BASES.is_dir(), reason="the repository's locks are not beside the tests")
@pytest.mark.parametrize("release", RELEASED)
def test_checked_in_locks(release: str) -> None:
    path = BASES / f"{release}.lock.json"
    found, profile = lockfile.read(path), RELEASES[release]
    assert "://" not in path.read_text()
    assert dataclasses.replace(found, architectures={}, glibc="") == lockfile.Lock(
        release=release,
        codename=profile.codename,
        version_id=profile.version_id,
        python=profile.python,
        glibc="",
        end_of_life=profile.end_of_life,
        archives={name: tuple(suites) for name, suites in profile.archives.items()},
        architectures={},
        added=found.added,
    )
    expected = list(dict.fromkeys((*(name for names in profile.packages.values() for name in names), *DEBUG)))
    for packages in found.architectures.values():
        assert [package.name for package in packages if package.group != "added"] == expected
        assert {name for package in packages for name in package.required_by} == set(found.added)
        assert all(package.required_by for package in packages if package.group == "added")


ADVISORIES = {
    "zlib1g": {
        "CVE-2026-1": {"releases": {"trixie": {"status": "resolved", "fixed_version": "2.41-13"}}},
        "CVE-2026-2": {"releases": {"trixie": {"status": "resolved", "fixed_version": "2.41-14"}}},
        "CVE-2026-3": {"releases": {"trixie": {"status": "open"}, "sid": {"status": "resolved", "fixed_version": "3"}}},
        "CVE-2026-4": {"releases": {"trixie": {"status": "resolved", "fixed_version": "0"}}},
        "CVE-2020-1": {"releases": {"trixie": {"status": "resolved", "fixed_version": "1.0"}}},
        "TEMP-0": [],
    }
}


def updated(tmp_path: Path, mirrors: tuple[Archive, Archive], **depends: str) -> None:
    """A lock, then a security update of two packages."""
    assert lock(tmp_path) == 0
    for architecture in ARCHITECTURES:
        for name in ("zlib1g", "libc6"):
            mirrors[1].add("trixie-security", name, "2.41-13", architecture=architecture, **depends)
    mirrors[1].publish("trixie-security")
    (tmp_path / "tracker.json").write_text(json.dumps(ADVISORIES))


def test_an_update_of_one_source(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    updated(tmp_path, mirrors)
    before = lockfile.read(tmp_path / "base.lock.json")
    assert lock(tmp_path, "--only", "zlib1g", "--advisories", str(tmp_path / "tracker.json")) == 0
    after = lockfile.read(tmp_path / "base.lock.json")
    for architecture in ARCHITECTURES:
        pairs = zip(before.architectures[architecture], after.architectures[architecture])
        assert [new.name for old, new in pairs if old != new] == ["zlib1g"]
    assert capsys.readouterr().out.splitlines() == [
        f"zlib1g ({architecture}): locked 2.41-12, the archive has 2.41-13; it fixes CVE-2026-1"
        for architecture in ARCHITECTURES
    ]


def test_check_says_what_is_fixed(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    updated(tmp_path, mirrors)
    assert lock(tmp_path, "--check", "--advisories", str(tmp_path / "tracker.json")) == 1
    said = capsys.readouterr().err
    assert "zlib1g (amd64): locked 2.41-12, the archive has 2.41-13; it fixes CVE-2026-1\n" in said
    assert "libc6 (amd64): locked 2.41-12, the archive has 2.41-13\n" in said
    assert lock(tmp_path, "--check", "--only", "libc6") == 1
    assert "zlib1g" not in capsys.readouterr().err


def test_an_update_that_needs_another(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]
) -> None:
    updated(tmp_path, mirrors, depends="libc6 (>= 2.41-13)")
    before = (tmp_path / "base.lock.json").read_bytes()
    assert lock(tmp_path, "--only", "zlib1g") == 1
    said = capsys.readouterr().err
    assert "zlib1g: 2.41-13 depends on libc6 (>= 2.41-13), and the lock has 2.41-12" in said
    assert "remedy: add --only libc6" in said
    assert (tmp_path / "base.lock.json").read_bytes() == before
    assert lock(tmp_path, "--only", "zlib1g", "libc6") == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("[]", "is not an object of source packages"), ('{"a": 1}', "is not an object of source packages"), ("{", "JSON")],
)
def test_not_advisories(
    tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    assert lock(tmp_path) == 0
    (tmp_path / "tracker.json").write_text(text)
    assert lock(tmp_path, "--check", "--advisories", str(tmp_path / "tracker.json")) == 1
    assert message in capsys.readouterr().err


def test_only_of_nothing(tmp_path: Path, mirrors: tuple[Archive, Archive], capsys: pytest.CaptureFixture[str]) -> None:
    assert lock(tmp_path, "--only", "zlib1g") == 1
    assert "there is no lock that --only could keep" in capsys.readouterr().err
    assert lock(tmp_path) == 0
    assert lock(tmp_path, "--only", "zlib") == 1
    assert "zlib: nothing in the lock is of this source package" in capsys.readouterr().err
