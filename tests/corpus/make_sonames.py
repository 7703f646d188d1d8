"""Writes debian/sonames/<release>.py: which Debian package has which library. For maintainers; it reads a mirror.

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
from distroless_python.debian.releases import RELEASES
from distroless_python.errors import run_main

_HERE = Path(__file__).parent
_DATA = _HERE.parents[1] / "tools/distroless_python/debian/sonames"
_LIMIT = 1 << 30
_CONTENTS = "main/Contents-amd64.gz"
# Of libx.so, libx.so.1 and libx.so.1.2.3 the soname is the second, but for a few that count with a dot.
_SONAME = r"lib[^/\s]*?\.so\.(?:\d+|0\.8|1\.0|1\.1)|libboost_[^/\s]*\.so\.[\d.]+|lib[^/\s]*?-[\d.]+\.so"
_LINE = re.compile(rf"(?:usr/)?lib/x86_64-linux-gnu/({_SONAME})\s+(\S+)")
_NOT_FOR_IMAGES = re.compile(r".*-(?:dev|dbg|dbgsym)")
_HEADER = '''"""Libraries of {release}: package to sonames. Written by tests/corpus/make_sonames.py."""

# ruff: noqa: E501

SONAMES = {{
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
        signed = {package.name for package in read_packages(suite, "amd64")}
        found = select(_contents(suite), patterns(), signed)
        lines = [f'    "{package}": "{" ".join(sonames)}",\n' for package, sonames in found.items()]
        (_DATA / f"{release}.py").write_text(_HEADER.format(release=release) + "".join(lines) + "}\n", encoding="utf-8")
        print(f"{release}: {sum(map(len, found.values()))} sonames of {len(found)} packages")
    return 0


if __name__ == "__main__":
    sys.exit(run_main(lambda: main(sys.argv[1:])))
