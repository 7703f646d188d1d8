"""Which Debian packages images need for locked distributions."""

from __future__ import annotations

from dataclasses import replace

from distroless_python.lock.system_needs import LOADED, needed, with_debs
from distroless_python.lock.wheels_lock import LockedBuild, LockedFile, WheelsLock, encode

_ENVIRONMENTS = ("debian12_amd64", "debian13_amd64", "python3.13_amd64")
_FILE = LockedFile("1", "a-1-py3-none-any.whl", "", _ENVIRONMENTS, {}, (), True, ())


def _debs(**files: LockedFile) -> dict[str, dict[str, tuple[str, ...]]]:
    lock = with_debs(WheelsLock({}, {name.replace("_", "-"): (file,) for name, file in files.items()}))
    return {name: file.debs for name, (file,) in lock.distributions.items()}


def test_names_are_those_of_each_release_and_machines_need_none() -> None:
    assert _debs(python_magic=_FILE, attrs=_FILE) == {
        "python-magic": {"debian12": ("libmagic1",), "debian13": ("libmagic1t64",)},
        "attrs": {},
    }


def test_what_another_distribution_brings_is_not_needed() -> None:
    assert _debs(psycopg=_FILE)["psycopg"] == {"debian12": ("libpq5",), "debian13": ("libpq5",)}
    assert _debs(psycopg=_FILE, psycopg_binary=_FILE)["psycopg"] == {}
    somewhere = replace(_FILE, environments=("debian12_amd64",))
    assert _debs(psycopg=_FILE, psycopg_binary=somewhere)["psycopg"] == {"debian13": ("libpq5",)}


def test_headers_of_a_build_name_their_library() -> None:
    debs = ("libpq-dev", "libxslt1-dev", "libldap-dev", "libyaml-dev", "libssl-dev", "perl-base")
    built = replace(_FILE, environments=("debian13_amd64",), build={"debian13_amd64": LockedBuild((), debs)})
    found = _debs(built=built)["built"]["debian13"]
    assert {"libpq5", "libxslt1.1", "libldap2", "libyaml-0-2"} <= set(found)
    assert not [package for package in found if package.endswith("-dev") or package.startswith("perl")]


def test_each_that_is_known_is_known_in_the_newest_release() -> None:
    assert [name for name in LOADED if not _debs(**{name.replace("-", "_"): _FILE})[name].get("debian13")] == []


def test_the_union_and_the_file() -> None:
    lock = with_debs(WheelsLock({}, {"psycopg": (_FILE,), "wand": (_FILE,), "attrs": (_FILE,)}))
    assert {"libpq5", "libmagickwand-7.q16-10"} <= needed([lock])["debian13"]
    distributions = encode(lock)["distributions"]
    assert "debs" not in distributions["attrs"][0]
    assert distributions["psycopg"][0]["debs"]["debian13"] == ("libpq5",)
