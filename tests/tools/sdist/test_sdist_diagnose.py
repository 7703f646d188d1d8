"""What builds say when they miss something, and what is made of it."""

from __future__ import annotations

import pytest

from distroless_python.sdist.diagnose import Place, diagnose

PLACE = Place("python-ldap", "@pypi", "debian12")


@pytest.mark.parametrize(
    ("line", "reason", "remedy"),
    [
        (
            "Modules/common.h:15:10: fatal error: lber.h: No such file or directory",
            "the header lber.h",
            'builder.lock.json --also libldap-dev; then write build_debs = {"python-ldap": ["libldap-dev"]} on',
        ),
        (
            "x.c:1:10: fatal error: 'own/it.h' file not found",
            "the header own/it.h",
            "apt-file search own/it.h",
        ),
        ("/usr/bin/ld: cannot find -lsasl2: No such file or directory", "libsasl2.so", '["libsasl2-dev"]'),
        ("/usr/bin/ld: cannot find -lnothing", "libnothing.so", "apt-file search libnothing.so"),
        ("/bin/sh: 1: cmake: not found", "the program cmake", '["cmake"]'),
        ("error: command 'gfortran' failed: No such file or directory", "the program gfortran", '["gfortran"]'),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'pg_config'", "pg_config", '["libpq-dev"]'),
        ("make: mytool: No such file or directory", "the program mytool", "apt-file search bin/mytool"),
        ("Package libfoo was not found in the pkg-config search path.", "pkg-config for libfoo", "libfoo.pc"),
        ("Package 'libfoo', required by 'virtual:world', not found", "pkg-config for libfoo", "libfoo.pc"),
        ("ModuleNotFoundError: No module named 'Cython.Build'", "imports Cython.Build", '["cython"]}'),
        (
            "ModuleNotFoundError: No module named 'cgi'",
            "imports cgi, which the standard library lost in Python 3.13",
            "choose a base with an older one",
        ),
        (
            "src/etree.c:269571:27: error: too few arguments to function '_PyLong_AsByteArray'",
            "for an older one (too few arguments to function '_PyLong_AsByteArray')",
            "ask for a version of python-ldap",
        ),
        (
            "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "network",
            "patch it",
        ),
        (
            "OSError: [Errno 30] Read-only file system: '/usr/x'",
            "outside of its directory: /usr/x",
            "patch it",
        ),
        ("touch: cannot touch '/etc/x': Read-only file system", "outside of its directory: /etc/x", "patch it"),
        ("PermissionError: [Errno 13] Permission denied: '/root/x'", "outside of its directory: /root/x", "patch it"),
    ],
)
def test_what_is_missing_or_forbidden(line: str, reason: str, remedy: str) -> None:
    found = diagnose(f"before\n\x1b[01m{line}\x1b[0m\n{line}\nafter\n", PLACE)
    assert len(found) == 1
    assert reason in found[0][0]
    assert remedy in found[0][1]


def test_the_name_of_the_release() -> None:
    line = "x.c:1:10: fatal error: ldap.h: No such file or directory"
    assert "libldap2-dev" in diagnose(line, Place("x", "@pypi", "debian11"))[0][1]
    assert "--release debian11" in diagnose(line, Place("x", "@pypi", "debian11"))[0][1]


def test_what_the_hub_says_already_stays() -> None:
    place = Place("x", "@pypi", "debian13", ("libpq-dev",), ("setuptools",), "locks/builder.json")
    log = "x.c:1:10: fatal error: ldap.h: No such file or directory\nModuleNotFoundError: No module named 'Cython'\n"
    assert [remedy for _, remedy in diagnose(log, place)] == [
        "lock the builder with it: bazel run @rules_distroless_python//tools:lock -- debian --builder"
        " --release debian13 --output locks/builder.json --also libldap-dev;"
        ' then write build_debs = {"x": ["libpq-dev", "libldap-dev"]} on distroless.wheels for @pypi',
        "add the distribution that has it (Cython?) to requirements.in and lock again;"
        ' then write build_requires = {"x": ["setuptools", "cython"]} on distroless.wheels for @pypi',
    ]


def test_other_words_are_not_understood() -> None:
    assert diagnose("error: something else\nTypeError: no\n", PLACE) == []
