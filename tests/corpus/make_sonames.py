"""Writes debian/sonames/<release>.py: which Debian package has which library, and what of a base it needs.

For maintainers; it reads a mirror.

    PYTHONPATH=tools python3 tests/corpus/make_sonames.py debian13

The mirror is the machine's (see debian/mirrors.py). Mirrors often carry a Contents index that is older than the
signed InRelease, so a wrong SHA-256 is only said; no package is named that the signed Packages index does not have.
Only what tests/corpus/libraries.txt names is taken.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import os
import re
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from distroless_python.debian.archive import KEYRING, Suite, open_suite, read_packages
from distroless_python.debian.mirrors import discover, fetch
from distroless_python.debian.releases import NOT_BROUGHT, NOT_IN_IMAGES, RELEASES, DebianRelease
from distroless_python.debian.slim import keeping
from distroless_python.errors import Collector, run_main
from distroless_python.lock.debian.resolve import Index, closure
from distroless_python.verify.remedies import PROGRAMS

_HERE = Path(__file__).parent
_DATA = _HERE.parents[1] / "tools/distroless_python/debian/sonames"
_LIMIT = 1 << 30
_CONTENTS = "main/Contents-amd64.gz"
# Of libx.so, libx.so.1 and libx.so.1.2.3 the soname is the second, but for a few that count with a dot.
_SONAME = r"lib[^/\s]*?\.so\.(?:\d+|0\.8|1\.0|1\.1)|libboost_[^/\s]*\.so\.[\d.]+|lib[^/\s]*?-[\d.]+\.so"
_LINE = re.compile(rf"(?:usr/)?lib/x86_64-linux-gnu/({_SONAME})\s+(\S+)")
_NOT_FOR_IMAGES = re.compile(r".*-(?:dev|dbg|dbgsym)")
_TEXT = '''"""Libraries of {release}, by package. Written by tests/corpus/make_sonames.py."""

# ruff: noqa: E501

SONAMES = {{
{sonames}}}
"""Package to the sonames that it has."""

NEEDED_BY = {{
{needed_by}}}
"""Part of a base that slim ones leave out to the packages that need it."""
'''


def patterns() -> re.Pattern[str]:
    """The names of libraries.txt as one expression."""
    lines = (_HERE / "libraries.txt").read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    return re.compile("(?:" + "|".join(fnmatch.translate(word) for word in words) + ")")


def select(contents: Iterable[str], wanted: re.Pattern[str], known: Collection[str]) -> dict[str, list[str]]:
    """Package to sonames, of the lines of a Contents index and the packages that are `known`."""
    owners: dict[str, set[str]] = {}
    for line in contents:
        match = _LINE.fullmatch(line.strip())
        if match and wanted.fullmatch(match[1].partition(".so")[0]):
            packages = (name.rpartition("/")[2] for name in match[2].split(","))
            owners.setdefault(match[1], set()).update(
                p for p in packages if p in known and not _NOT_FOR_IMAGES.fullmatch(p)
            )
    chosen: dict[str, list[str]] = {}
    for soname, names in sorted(owners.items()):
        if names:
            chosen.setdefault(min(names, key=lambda name: (len(name), name)), []).append(soname)
    return dict(sorted(chosen.items()))


def needed_by(release: DebianRelease, index: Index, names: Iterable[str]) -> dict[str, list[str]]:
    """Part of a base (`slim.SLIM`) to those of the packages that bring some of it where the base has none."""
    own = [name for group in release.packages.values() for name in group]
    base = [index.packages[name] for name in own if name in index.packages and not keeping(package=name)]
    found: dict[str, list[str]] = {}
    for name in sorted(set(names) & index.packages.keys() - set(own)):
        brought = closure(index, base, [name], NOT_IN_IMAGES.union(NOT_BROUGHT), release.name, Collector())
        for part in sorted({keeping(package=package.name) for package in brought} - {""}):
            found.setdefault(part, []).append(name)
    return dict(sorted(found.items()))


def _contents(suite: Suite) -> list[str]:
    where = f"{suite.address}/dists/{suite.name}/{_CONTENTS}"
    data = fetch(where, _LIMIT)
    if hashlib.sha256(data).hexdigest() != suite.files[_CONTENTS][0]:
        print(f"warning: {where} is not the signed one", file=sys.stderr)
    return gzip.decompress(data).decode("utf-8", "replace").splitlines()


def main(argv: list[str]) -> int:
    for release in argv:
        profile = RELEASES[release]
        mirror = discover("", "", os.environ).of("debian")
        suite = open_suite("debian", mirror, profile.codename, KEYRING)
        index = Index.of(read_packages(suite, "amd64"))
        found = select(_contents(suite), patterns(), index.packages.keys())
        tables = {"sonames": found, "needed_by": needed_by(profile, index, [*found, *PROGRAMS.values()])}
        lines = {
            table: "".join(f'    "{name}": "{" ".join(values)}",\n' for name, values in rows.items())
            for table, rows in tables.items()
        }
        (_DATA / f"{release}.py").write_text(_TEXT.format(release=release, **lines), encoding="utf-8")
        print(f"{release}: {sum(map(len, found.values()))} sonames of {len(found)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(lambda: main(sys.argv[1:])))
