"""Indexes are believed only as far as a signature covers them. A real gpgv checks keys and archives made here."""

from __future__ import annotations

import hashlib
import lzma
import shutil
from pathlib import Path

import pytest

from distroless_python.debian.archive import Package, open_suite, read_packages, verify
from distroless_python.errors import ToolError
from support.debs import Archive, Key

pytestmark = pytest.mark.skipif(not shutil.which("gpgv"), reason="gpgv is not installed")

SUITE = "trixie"


@pytest.fixture
def keyring(tmp_path: Path) -> Path:
    path = tmp_path / "keyring.gpg"
    path.write_bytes(Key.make().keyring())
    return path


@pytest.fixture
def mirror(tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "debian", Key.make())
    archive.add(SUITE, "libc6", "2.41-12")
    archive.add(SUITE, "libc6-dev", "2.41-12")
    archive.publish(SUITE)
    return archive


def packages(mirror: Archive, keyring: Path, only: str = "", suite: str = SUITE) -> list[Package]:
    return list(read_packages(open_suite("debian", mirror.address, suite, keyring), "amd64", only))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("suffix", [".xz", ".gz", ""])
def test_a_signed_index_is_read(mirror: Archive, keyring: Path, suffix: str) -> None:
    mirror.publish(SUITE, suffix=suffix)
    found = packages(mirror, keyring)
    assert [(p.name, p.version, p.archive) for p in found] == [
        ("libc6", "2.41-12", "debian"),
        ("libc6-dev", "2.41-12", "debian"),
    ]
    content = (mirror.root / found[0].path).read_bytes()
    assert (found[0].sha256, found[0].size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert [p.name for p in packages(mirror, keyring, "libc6")] == ["libc6"]


def test_indexes_by_hash_come_first(mirror: Archive, keyring: Path) -> None:
    mirror.publish(SUITE, acquire_by_hash="yes")
    index = mirror.root / "dists" / SUITE / "main/binary-amd64/Packages.xz"
    digest = hashlib.sha256(index.read_bytes()).hexdigest()
    (index.parent / "by-hash/SHA256").mkdir(parents=True)
    index.rename(index.parent / "by-hash/SHA256" / digest)
    index.write_bytes(b"of the next update")
    assert [p.name for p in packages(mirror, keyring, "libc6")] == ["libc6"]


def test_some_keys_may_be_unknown(mirror: Archive, tmp_path: Path) -> None:
    both = tmp_path / "both.gpg"
    both.write_bytes(Key.make(1).keyring() + Key.make().keyring())
    assert packages(mirror, both)


def test_another_key_is_refused(mirror: Archive, tmp_path: Path) -> None:
    other = tmp_path / "other.gpg"
    other.write_bytes(Key.make(1).keyring())
    with pytest.raises(ToolError, match=r"refused: its signature was not made by a key of .*other.gpg"):
        packages(mirror, other)


def test_a_changed_release_is_refused(mirror: Archive, keyring: Path) -> None:
    replace(mirror.root / "dists" / SUITE / "InRelease", "Origin: Debian", "Origin: Deb1an")
    with pytest.raises(ToolError, match="refused: its signature was not made"):
        packages(mirror, keyring)


def test_an_unsigned_release_is_refused(mirror: Archive, keyring: Path) -> None:
    path = mirror.root / "dists" / SUITE / "InRelease"
    text = path.read_text()
    path.write_text(text.partition("\n\n")[2].partition("-----BEGIN PGP SIGNATURE")[0])
    with pytest.raises(ToolError, match="refused: it is not one signed message"):
        packages(mirror, keyring)


@pytest.mark.parametrize("where", ["before", "after", "twice"])
def test_text_outside_of_the_signature_is_refused(mirror: Archive, keyring: Path, where: str) -> None:
    path = mirror.root / "dists" / SUITE / "InRelease"
    text = path.read_text()
    path.write_text({"before": f"Codename: x\n\n{text}", "after": f"{text}Codename: x\n", "twice": text * 2}[where])
    with pytest.raises(ToolError, match="refused: it is not one signed message"):
        packages(mirror, keyring)


def test_an_index_with_another_hash_is_refused(mirror: Archive, keyring: Path) -> None:
    index = mirror.root / "dists" / SUITE / "main/binary-amd64/Packages.xz"
    data = lzma.decompress(index.read_bytes())
    packed = index.read_bytes()
    index.write_bytes(packed[:-1] + bytes([packed[-1] ^ 1]))
    with pytest.raises(ToolError, match=r"Packages\.xz: refused: its SHA-256 is [0-9a-f]{64}, the signed one"):
        packages(mirror, keyring)
    index.write_bytes(lzma.compress(data * 50))
    with pytest.raises(ToolError, match="longer than the"):
        packages(mirror, keyring)
    index.unlink()
    with pytest.raises(ToolError, match="the signed InRelease lists it, the mirror does not have it"):
        packages(mirror, keyring)


def test_the_index_of_another_suite_is_refused(mirror: Archive, keyring: Path) -> None:
    shutil.copytree(mirror.root / "dists" / SUITE, mirror.root / "dists/bookworm")
    with pytest.raises(ToolError, match="refused: it is the index of 'trixie', not of 'bookworm'"):
        packages(mirror, keyring, suite="bookworm")


def test_the_old_name_of_a_security_suite(mirror: Archive, keyring: Path) -> None:
    mirror.publish("buster/updates")
    assert packages(mirror, keyring, suite="buster/updates") == []


def test_an_index_past_its_date_is_refused_unless_allowed(mirror: Archive, keyring: Path) -> None:
    mirror.publish(SUITE, valid_until="Sat, 08 Aug 2020 00:00:00 UTC")
    with pytest.raises(ToolError, match=r"was valid until Sat, 08 Aug 2020.*\n.*--allow-expired"):
        packages(mirror, keyring)
    assert open_suite("debian", mirror.address, SUITE, keyring, allow_expired=True).files
    mirror.publish(SUITE, valid_until="Sat, 08 Aug 2620 00:00:00 UTC")
    assert packages(mirror, keyring)


def test_what_is_missing_is_named(mirror: Archive, keyring: Path, tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="the mirror has no such suite"):
        packages(mirror, keyring, suite="sid")
    with pytest.raises(ToolError, match=r"no such keyring\n.*debian-archive-keyring"):
        packages(mirror, tmp_path / "none.gpg")
    mirror.publish(SUITE, ["arm64"])
    with pytest.raises(ToolError, match="the suite has nothing for amd64"):
        packages(mirror, keyring)


def test_a_release_without_checksums_is_refused(mirror: Archive, keyring: Path) -> None:
    path = mirror.root / "dists" / SUITE / "InRelease"
    path.write_bytes(Key.make().clear_sign(f"Origin: Debian\nCodename: {SUITE}\n"))
    with pytest.raises(ToolError, match="refused: it lists no SHA-256 checksums"):
        packages(mirror, keyring)


def test_gpgv_has_to_be_there(monkeypatch: pytest.MonkeyPatch, keyring: Path) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ToolError, match=r"gpgv: not installed\n.*install the Debian package gpgv"):
        verify(Key.make().clear_sign("x"), "InRelease", keyring)
