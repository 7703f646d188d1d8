"""Why a build failed, read from what it said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from distroless_python.python.names import normalize_name
from distroless_python.sdist.packages import package_of

_Explain = Callable[["Place", str], "tuple[str, str]"]
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_MAX = 8
_GONE = {
    **dict.fromkeys(("asynchat", "asyncore", "imp", "smtpd"), "3.12"),
    **dict.fromkeys(("cgi", "cgitb", "crypt", "imghdr", "lib2to3", "nntplib", "pipes", "telnetlib", "xdrlib"), "3.13"),
}
"""Modules that left the standard library; distutils comes with setuptools."""


@dataclass(frozen=True)
class Place:
    """Whose build it is (the distribution, its hub `@pypi`, the image's `debian13`), and what the hub says already."""

    distribution: str
    hub: str
    release: str
    build_debs: tuple[str, ...] = ()
    build_requires: tuple[str, ...] = ()
    builder_lock: str = ""

    def need_deb(self, package: str) -> str:
        """How to get a package into the builder."""
        lock = self.builder_lock or f"{self.release}-builder.lock.json"
        command = f"bazel run @rules_distroless_python//tools:lock -- debian --builder --release {self.release}"
        tag = self.entry("build_debs", (*self.build_debs, package))
        return f"lock the builder with it: {command} --output {lock} --also {package}; then write {tag}"

    def entry(self, attribute: str, names: Iterable[str]) -> str:
        """What to write on the hub's tag."""
        listed = ", ".join(f'"{name}"' for name in names)
        return f'{attribute} = {{"{self.distribution}": [{listed}]}} on distroless.wheels for {self.hub}'

    def unknown(self, what: str) -> str:
        example = self.need_deb("<package>")
        return f"find the package of {self.release} that has {what} (`apt-file search {what}`); then {example}"


def diagnose(log: str, place: Place) -> list[tuple[str, str]]:
    """Reason and remedy of each thing that the build missed or must not do, in order; none if nothing is recognised."""
    found: dict[tuple[str, str], None] = {}
    for line in _ANSI.sub("", log).splitlines():
        found.update(dict.fromkeys(_of_line(line, place)))
    return list(found)[:_MAX]


def _of_line(line: str, place: Place) -> Iterator[tuple[str, str]]:
    for pattern, explain in _PATTERNS:
        match = pattern.search(line)
        if match:
            yield explain(place, next((group for group in match.groups() if group), ""))
            return


def _header(place: Place, header: str) -> tuple[str, str]:
    reason = f"the build needs the header {header}, which its root does not have"
    package = package_of(place.release, header)
    return reason, place.need_deb(package) if package else place.unknown(header)


def _library(place: Place, library: str) -> tuple[str, str]:
    reason = f"the build needs the library lib{library}.so, which its root does not have"
    package = package_of(place.release, f"-l{library}")
    return reason, place.need_deb(package) if package else place.unknown(f"lib{library}.so")


def _pkg_config(place: Place, module: str) -> tuple[str, str]:
    return f"the build asks pkg-config for {module}, which its root does not have", place.unknown(f"{module}.pc")


def _program(place: Place, program: str) -> tuple[str, str]:
    name = program.rpartition("/")[2]
    reason = f"the build needs the program {name}, which its root does not have"
    package = package_of(place.release, name)
    return reason, place.need_deb(package) if package else place.unknown(f"bin/{name}")


def _module(place: Place, module: str) -> tuple[str, str]:
    since = _GONE.get(module.partition(".")[0])
    if since:
        return f"the build imports {module}, which the standard library lost in Python {since}", _newer(place)
    name = module.partition(".")[0].replace("_", "-")
    tag = place.entry("build_requires", (*place.build_requires, normalize_name(name)))
    remedy = f"add the distribution that has it ({name}?) to requirements.in and lock again; then write {tag}"
    return f"the build imports {module}, which is not among its requirements", remedy


def _older_api(place: Place, what: str) -> tuple[str, str]:
    reason = f"its sources do not compile with this Python: they are for an older one ({what.strip()})"
    return reason, _newer(place)


def _newer(place: Place) -> str:
    return (
        f"ask for a version of {place.distribution} that was released after this Python, choose a base with an older "
        "one, or patch it (`patches` of distroless.wheels)"
    )


def _network(place: Place, _: str) -> tuple[str, str]:
    reason = "the build tries to reach the network, which no action may"
    remedy = "have it use what is there: add what it downloads to build_debs or build_requires, or patch it (`patches`)"
    return reason, remedy


def _write(place: Place, path: str) -> tuple[str, str]:
    reason = f"the build writes outside of its directory: {path or 'to a read-only place'}"
    return reason, "patch it (`patches` of distroless.wheels) so that it writes below its own directory or /tmp"


_PATTERNS: tuple[tuple[re.Pattern[str], _Explain], ...] = tuple(
    (re.compile(pattern), explain)
    for pattern, explain in (
        (
            r"error: (.*(?:argument|declaration of|has no member|undeclared|incomplete type).*\b_?Py[A-Z_]\w*.*)",
            _older_api,
        ),
        (r"fatal error: ['\"]?([^:'\"]+\.\w+)['\"]?(?:: No such file or directory| file not found)", _header),
        (r"ld: cannot find -l([^\s:]+)", _library),
        (r"Package '?([^\s']+)'?,? .*not found|No package '([^']+)' found|not find the package '([^']+)'", _pkg_config),
        (r"(?i)Read-only file system: '([^']+)'|cannot [a-z ]+ '?([^':]+)'?: Read-only file system", _write),
        (r"Read-only file system()", _write),
        (r"PermissionError: \[Errno 13\] Permission denied: '(/[^']+)'", _write),
        (r"name resolution|Name or service not known|Network is unreachable|Could not resolve host()", _network),
        (
            r"(?:sh|make)(?:\[\d+\])?: (?:\d+: )?([\w./+-]+): (?:command )?(?:not found|No such file or directory)",
            _program,
        ),
        (r"[Cc]ommand '?([\w./+-]+)'? failed: No such file|unable to execute '([^']+)'", _program),
        (r"FileNotFoundError: \[Errno 2\] No such file or directory: '([\w.+-]+)'", _program),
        (r"ModuleNotFoundError: No module named '([^']+)'", _module),
    )
)
