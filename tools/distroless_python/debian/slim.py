"""What a slim base leaves out, and which packages of a base share a layer: the one table of each.

What Starlark has to know of them is in rules/private/config/releases.bzl, which `releases.starlark` writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_STDLIB = "libpython{python}-stdlib"
_ROOT = r"usr/lib/python3\.\d+/"


@dataclass(frozen=True)
class Slim:
    """A part of a base that hardly any program uses; in names of packages `{python}` stands for `3.13`.

    Attributes:
        what: what it is for.
        packages: left out as a whole.
        files: of packages that stay: package to a pattern of paths without a leading slash.
        modules: modules of the standard library that are gone with it, and all below them.
        programs: programs that are gone with it.
    """

    what: str
    packages: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


_GCONV = r"usr/lib/[^/]+/gconv/(?!gconv-modules$|(?:ISO8859-1|ISO8859-15|CP1252|UNICODE|UTF-7|UTF-16|UTF-32)\.so$).*"

SLIM = {
    "berkeley-db": Slim(
        "databases of dbm.ndbm",
        packages=("libdb5.3", "libdb5.3t64"),
        files={_STDLIB: rf"{_ROOT}(?:dbm/ndbm\.py|lib-dynload/_dbm\..*)"},
        modules=("_dbm", "dbm.ndbm"),
    ),
    "ensurepip": Slim(
        "virtual environments, pip in them",
        packages=("python{python}-venv",),
        files={_STDLIB: rf"{_ROOT}(?:ensurepip|venv)/.*"},
        modules=("ensurepip", "venv"),
    ),
    "gconv": Slim("encodings of iconv(3); Python has its own", files={"libc6": _GCONV, "libc-bin": _GCONV}),
    "help": Slim("texts of help()", files={_STDLIB: rf"{_ROOT}pydoc_data/.*"}, modules=("pydoc_data",)),
    "kerberos": Slim(
        "GSSAPI, NIS, Sun RPC",
        packages=(
            *("libcom-err2", "libgssapi-krb5-2", "libk5crypto3", "libkeyutils1", "libkrb5-3", "libkrb5support0"),
            *("libnsl2", "libtirpc3", "libtirpc3t64"),
        ),
        files={_STDLIB: rf"{_ROOT}lib-dynload/nis\..*"},
        modules=("nis",),
    ),
    "openssl-engines": Slim(
        "engines of OpenSSL, which has providers instead",
        files=dict.fromkeys(("libssl1.1", "libssl3", "libssl3t64"), r"usr/lib/[^/]+/engines-[^/]+/.*"),
    ),
    "programs": Slim(
        "programs of glibc, and what debuggers load",
        files={
            "libc-bin": r"usr/s?bin/(?!ldconfig$).*",
            "libc6": r"usr/s?bin/(?!ldconfig$).*|usr/lib/[^/]+/(?:audit/.*|lib(?:BrokenLocale|c_malloc_debug|memusage"
            r"|nss_compat|nss_hesiod|pcprofile|thread_db)[.-].*)",
            "libstdc++6": r"usr/share/gcc.*/python/.*",
        },
        programs=("getconf", "getent", "iconv", "ldd", "locale", "localedef", "pldd", "tzselect", "zdump", "zic"),
    ),
    "terminal": Slim(
        "readline, curses",
        packages=("libncursesw6", "libreadline8", "libreadline8t64", "libtinfo6"),
        files={_STDLIB: rf"{_ROOT}(?:curses/.*|lib-dynload/(?:_curses|_curses_panel|readline)\..*)"},
        modules=("_curses", "_curses_panel", "curses", "readline"),
    ),
    "tests": Slim(
        "tests of the standard library",
        files={_STDLIB: rf"{_ROOT}(?:test/.*|lib-dynload/(?:_ctypes_test|_test|_xxtestfuzz|xxlimited|xxsubtype).*)"},
        modules=("test",),
    ),
    "turtle": Slim("drawings with Tk", files={_STDLIB: rf"{_ROOT}turtle\.py"}, modules=("turtle",)),
    "zones": Slim("old names of time zones, such as US/Pacific", packages=("tzdata-legacy",)),
}
"""By the name that `keep` takes."""

LAYERS = {
    "libraries": (),
    "system": ("base-files", "libc-bin", "libc6", "media-types", "netbase", "tzdata", "tzdata-legacy"),
    "python": (
        *("libpython{python}-minimal", "libpython{python}-stdlib", "python{python}-minimal", "python{python}-venv"),
        "python3-distutils",
    ),
    "tls": ("ca-certificates", "libssl1.1", "libssl3", "libssl3t64"),
}
"""The layers of a base, lowest first, by how often security updates change them; `libraries` has all other packages."""


def keeping(package: str = "", module: str = "", program: str = "") -> str:
    """The part of a base that has a package, module or program, where a slim base leaves it out; else empty."""

    package = re.sub(r"3\.\d+", "{python}", package)

    def has(part: Slim) -> bool:
        below = (module == name or module.startswith(f"{name}.") for name in part.modules)
        return package in part.packages or program in part.programs or any(below)

    return next((name for name, part in SLIM.items() if has(part)), "")


def starlark() -> Iterator[str]:
    """Lines of rules/private/config/releases.bzl."""
    parts = {name: {"files": part.files, "packages": [*part.packages]} for name, part in SLIM.items()}
    for name, value in (("SLIM", parts), ("LAYERS", {name: [*packages] for name, packages in LAYERS.items()})):
        yield ""
        yield from _written(f"{name} = ", value, "")


def _written(start: str, value: Any, indent: str) -> Iterator[str]:
    """A value as buildifier writes it."""
    if isinstance(value, str):
        text = value.replace("\\", "\\\\")
        yield f'{indent}{start}"{text}"{"," * bool(indent)}'
        return
    marks = "{}" if isinstance(value, dict) else "[]"
    if len(value) < 1 + isinstance(value, list):
        inner = f'"{value[0]}"' if value else ""
        yield f"{indent}{start}{marks[0]}{inner}{marks[1]}{',' * bool(indent)}"
        return
    yield f"{indent}{start}{marks[0]}"
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in items:
        yield from _written("" if key is None else f'"{key}": ', item, f"{indent}    ")
    yield f"{indent}{marks[1]}{',' * bool(indent)}"
