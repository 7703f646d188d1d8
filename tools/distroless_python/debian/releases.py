"""Debian's releases, the one table: what they are called, what they have, and what a base of them is made of.

A new release is one entry here and its locks. What Starlark has to know of it is in rules/private/config/releases.bzl,
which `starlark` writes. The groups are those of distroless: static, base, cc and python.
https://github.com/GoogleContainerTools/distroless
"""

from __future__ import annotations

from dataclasses import dataclass, field

from distroless_python.debian import slim

CHECKED = "2026-11-24"
"""When this table was last looked at: the day that `--//rules:today` stands at, YYYY-MM-DD."""

GROUPS = ("static", "base", "cc", "python")
ARCHITECTURES = ("amd64", "arm64")

DEBUG = ("busybox-static",)
"""What a debug base has besides."""

BUILDER = (
    "binutils",
    "coreutils",
    "dash",
    "findutils",
    "g++",
    "gcc",
    "grep",
    "libc6-dev",
    "make",
    "mawk",
    "patch",
    "pkg-config",
    "sed",
)
"""What wheels are built with, Python's development files aside."""

NOT_IN_BUILDERS = frozenset(
    (
        *("adduser", "debconf", "debconf-2.0", "dpkg", "dpkg-dev", "init-system-helpers", "install-info"),
        *("libdpkg-perl", "libasan6", "libasan8", "libcc1-0", "libhwasan0", "liblsan0", "libtsan0", "libtsan2"),
        *("libubsan1", "media-types", "netbase", "readline-common", "tzdata"),
    )
)
"""As NOT_IN_IMAGES; what Debian's packages are made with, libraries of `gcc -fsanitize`, and what only people use."""

# Dependencies that are never met, in a base or in what is added to it: they serve maintainer scripts, which an image
# does not run.
NOT_IN_IMAGES = frozenset(
    ("adduser", "awk", "debconf", "debconf-2.0", "dpkg", "init-system-helpers", "install-info", "mawk", "ucf")
)

NOT_BROUGHT = {
    "libglx-mesa0": "drivers (200 MB with LLVM) for an X server; without one, libGL draws nothing with them either",
}
"""Dependencies that an added package does not bring; name one to add it."""

_LEFT_OUT = {
    "libtirpc-common": "/etc/netconfig, for RPC servers",
    "openssl": "rehashes certificates; the image has them in one file",
    "readline-common": "/etc/inputrc, for people at a terminal",
}


@dataclass(frozen=True)
class DebianRelease:
    """A Debian release as the base of Python images.

    Attributes:
        name: `debian13`.
        codename: `trixie`.
        python_version: `3.13.5`: a stable release keeps it.
        glibc: `2.41`, likewise.
        end_of_life: the day after which LTS gives no updates, https://wiki.debian.org/LTS; empty before a release
        packages: group to packages, in the order of their layers; none if bases are no longer made of it.
        left_out: dependencies that the base does not meet, as in distroless: package to what it would be for.
        builder: what a builder of this release has besides `BUILDER`.
        without_security: architectures whose files the security archive no longer has, though its index lists them.
    """

    name: str
    codename: str
    python_version: str
    glibc: str
    end_of_life: str
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    builder: tuple[str, ...] = ()
    without_security: tuple[str, ...] = ()

    @property
    def version_id(self) -> str:
        """`13`."""
        return self.name.removeprefix("debian")

    @property
    def python(self) -> str:
        """`3.13`."""
        return self.python_version.rpartition(".")[0]

    @property
    def archives(self) -> dict[str, list[str]]:
        """Archive to its suites; one of a later suite is not better than a newer version."""
        security = f"{self.codename}-security" if int(self.version_id) >= 11 else f"{self.codename}/updates"
        return {"debian": [self.codename, f"{self.codename}-updates"], "debian-security": [security]}


_STATIC = ("base-files", "netbase", "tzdata", "media-types", "ca-certificates")
_PYTHON = (
    "libbz2-1.0",
    "libexpat1",
    "liblzma5",
    "libsqlite3-0",
    "libuuid1",
    "libncursesw6",
    "libtinfo6",
    "zlib1g",
    "libcom-err2",
    "libc-bin",
    "libgssapi-krb5-2",
    "libk5crypto3",
    "libkeyutils1",
    "libkrb5-3",
    "libkrb5support0",
)


def _python(version: str, *others: str) -> tuple[str, ...]:
    own = (f"libpython{version}-minimal", f"libpython{version}-stdlib", f"python{version}-minimal")
    return (*_PYTHON, *others, *own)


def _cc(gcc: int) -> tuple[str, ...]:
    return ("libgomp1", "libstdc++6", "libgcc-s1", f"gcc-{gcc}-base")


RELEASES = {
    release.name: release
    for release in (
        DebianRelease(  # testing: what it has changes until it is released
            name="debian14",
            codename="forky",
            python_version="3.14.8",
            glibc="2.43",
            end_of_life="",
            packages={
                "static": (*_STATIC, "tzdata-legacy"),
                "base": ("libc6", "libssl3t64", "libzstd1", "zlib1g"),
                "cc": _cc(16),
                "python": _python("3.14", "libdb5.3t64", "libreadline8t64", "libffi8"),
            },
            left_out={
                **_LEFT_OUT,
                "libc-gconv-modules-extra": "encodings for iconv; Python has its own",
                "openssl-provider-legacy": "ciphers that are no longer secure",
            },
            builder=("python3.14-dev",),
        ),
        DebianRelease(
            name="debian13",
            codename="trixie",
            python_version="3.13.5",
            glibc="2.41",
            end_of_life="2030-06-30",
            packages={
                "static": (*_STATIC, "tzdata-legacy"),
                "base": ("libc6", "libssl3t64", "libzstd1", "zlib1g"),
                "cc": _cc(14),
                "python": (
                    *_python(
                        "3.13", "libcrypt1", "libdb5.3t64", "libnsl2", "libreadline8t64", "libtirpc3t64", "libffi8"
                    ),
                    "python3.13-venv",
                ),
            },
            left_out={
                **_LEFT_OUT,
                "openssl-provider-legacy": "ciphers that are no longer secure",
                "python3-pip-whl": "pip, for `python -m venv`",
                "python3-setuptools-whl": "setuptools, likewise",
                "python3.13": "the interpreter is python3.13-minimal's",
            },
            builder=("python3.13-dev",),
        ),
        DebianRelease(
            name="debian12",
            codename="bookworm",
            python_version="3.11.2",
            glibc="2.36",
            end_of_life="2028-06-30",
            packages={
                "static": _STATIC,
                "base": ("libc6", "libssl3"),
                "cc": _cc(12),
                "python": _python("3.11", "libcrypt1", "libdb5.3", "libnsl2", "libreadline8", "libtirpc3", "libffi8"),
            },
            left_out=_LEFT_OUT,
            builder=("python3.11-dev", "python3-distutils"),
        ),
        DebianRelease(
            name="debian11",
            codename="bullseye",
            python_version="3.9.2",
            glibc="2.31",
            end_of_life="2026-08-31",
            packages={
                "static": _STATIC,
                "base": ("libc6", "libssl1.1"),
                "cc": _cc(10),
                "python": (
                    *_python(
                        "3.9",
                        "libcrypt1",
                        "libdb5.3",
                        "libnsl2",
                        "libreadline8",
                        "libtirpc3",
                        "libffi7",
                        "libmpdec3",
                    ),
                    "python3-distutils",  # distroless has dash besides; there is no shell here
                ),
            },
            left_out={
                **_LEFT_OUT,
                "python3": "the interpreter is python3.9-minimal's",
                "python3-lib2to3": "distutils does without",
            },
            builder=("python3.9-dev", "python3-distutils"),
            without_security=("arm64",),
        ),
        DebianRelease(  # for locks of wheels, on bases that are pulled
            name="debian10",
            codename="buster",
            python_version="3.7.3",
            glibc="2.28",
            end_of_life="2024-06-30",
        ),
    )
}
"""By name, newest first."""

PREFERRED = tuple(
    sorted(
        (name for name, release in RELEASES.items() if release.packages),
        key=lambda name: not RELEASES[name].end_of_life,
    )
)
"""Those for a new base, best first: the newest that is released, older ones, one in preparation."""


def end_of_life(name: str) -> str:
    """The last day with updates, YYYY-MM-DD; empty where that is not known."""
    return RELEASES[name].end_of_life if name in RELEASES else ""


def starlark() -> str:
    """The content of rules/private/config/releases.bzl."""
    lines = [
        '"""What rules know of Debian\'s releases: written by `python -m distroless_python.debian.releases`."""',
        "",
        'visibility(["//rules/..."])',
        "",
        f'TODAY = "{CHECKED}"',
        "",
        "PYTHON_OF = {",
        *(f'    "{name}": "{release.python}",' for name, release in sorted(RELEASES.items())),
        "}",
        *slim.starlark(),
    ]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    print(starlark(), end="")
