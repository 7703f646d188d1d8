"""Requirements that name a checkout (`name @ git+https://...`): they have no hash; what is released is told instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from distroless_python.errors import Problem
from distroless_python.lock.inputs import places
from distroless_python.lock.sources import read_text

_CHECKOUT = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*)?(?P<url>(?:git|hg|svn|bzr)\+[a-z+]+://[^\s\"';,]+)"
)


@dataclass(frozen=True)
class Checkout:
    """A requirement that is a checkout: where it stands, the distribution, the address, and the tag or commit."""

    path: Path
    line: int
    name: str
    url: str
    revision: str

    def problem(self, released: Sequence[Version]) -> Problem:
        """The error, with the released version that comes nearest."""
        url = places.without_login(self.url)
        reason = f"{url} is a checkout, which has no hash, so that nothing says that it stays what it is"
        wheel = "or build its wheel (pip wheel), serve that from a package index or find-links, and name its version"
        version = _nearest(self.revision, released)
        if version is None:
            return Problem(
                str(self.path), reason, f"name a released version of {self.name}, {wheel}", f"line {self.line}"
            )
        newest = f"the newest release is {released[-1]}" if version != released[-1] else "that is the newest release"
        remedy = f"write {self.name}=={version} ({newest}), {wheel}"
        return Problem(str(self.path), reason, remedy, f"line {self.line}")


def find_checkouts(path: Path) -> list[Checkout]:
    """The checkouts that a requirements file or pyproject.toml names."""
    found = []
    for number, text in enumerate(read_text(path).splitlines(), 1):
        match = _CHECKOUT.search(re.sub(r"(^|\s)#.*", "", text))
        if match:
            url, _, fragment = match["url"].partition("#")
            egg = re.search(r"(?:^|&)egg=([\w.-]+)", fragment)
            address, _, revision = (
                url.rpartition("@") if "@" in url.partition("://")[2].partition("/")[2] else (url, "", "")
            )
            guessed = re.sub(r"\.git$", "", (address or url).rstrip("/")).rpartition("/")[2]
            name = canonicalize_name(match["name"] or (egg[1] if egg else guessed))
            found.append(Checkout(path, number, name, url, revision))
    return found


def _nearest(revision: str, released: Sequence[Version]) -> Version | None:
    """The version that a tag says, if it was released; else the newest one that is not a prerelease."""
    try:
        wanted = Version(re.sub(r"^\D+", "", revision))
    except InvalidVersion:
        wanted = None
    if wanted in released:
        return wanted
    final = [version for version in released if not version.is_prerelease]
    return max(final or released, default=None)
