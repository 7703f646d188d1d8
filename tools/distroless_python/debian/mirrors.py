"""Where Debian packages come from: a setting of the machine, never of a lock.

In this order: what the command line says, the environment (`DEBIAN_MIRROR`, `DEBIAN_SECURITY_MIRROR`), the
machine's apt sources (sources.list(5), both formats). Run by its path, this file prints what it finds as JSON, archive
to address; standard library only.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # started by a repository rule
    sys.dont_write_bytecode = True
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from distroless_python.debian.releases import RELEASES
from distroless_python.errors import Problem, ToolError, run_main
from distroless_python.formats.deb822 import paragraphs

DEBIAN, SECURITY = "debian", "debian-security"
"""The archives, as locks call them."""

APT_DIRECTORY = Path("/etc/apt")
_ROLLING = ("sid", "stable", "oldstable", "oldoldstable", "testing", "unstable")
_SUITE = re.compile(
    rf"(?:{'|'.join((*(release.codename for release in RELEASES.values()), *_ROLLING))})"
    r"(?P<security>-security|/updates)?(?:-updates|-backports|-proposed-updates)?"
)
_ONE_LINE = re.compile(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)")
_ATTEMPTS = 3
_TIMEOUT = 60


@dataclass(frozen=True)
class Mirrors:
    """Base addresses, without a slash at the end, of the two archives."""

    debian: str
    security: str

    def of(self, archive: str) -> str:
        return self.security if archive == SECURITY else self.debian


class NotFound(Exception):
    """The mirror does not have this file."""


def discover(debian: str, security: str, environ: Mapping[str, str], apt: Path = APT_DIRECTORY) -> Mirrors:
    """Finds the mirrors.

    Args:
        debian: what the command line says of the main archive, or "".
        security: what it says of the security archive, or "".
        environ: the process's environment.
        apt: apt's configuration directory.

    Raises:
        ToolError: nothing names a mirror.
    """
    debian = debian or environ.get("DEBIAN_MIRROR", "")
    security = security or environ.get("DEBIAN_SECURITY_MIRROR", "")
    if not debian:
        sources = list(_sources(apt))
        debian = next((address for address, is_security in sources if not is_security), "")
        security = security or next((address for address, is_security in sources if is_security), "")
    if not debian:
        raise ToolError(
            Problem(
                str(apt),
                "no Debian mirror: the machine's apt sources name none",
                "set DEBIAN_MIRROR (and DEBIAN_SECURITY_MIRROR) or give --mirror: the address that holds `dists/`",
            )
        )
    debian = debian.rstrip("/")
    return Mirrors(debian, (security or re.sub(r"[^/]+$", "debian-security", debian)).rstrip("/"))


def _sources(apt: Path) -> Iterator[tuple[str, bool]]:
    """Address and whether it is a security archive, of each Debian source with component main."""
    parts = apt / "sources.list.d"
    lists = [apt / "sources.list", *sorted(parts.glob("*.list"))]
    for path in (*lists, *sorted(parts.glob("*.sources"))):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for addresses, suites, components in _deb822(text) if path.suffix == ".sources" else _one_line(text):
            matches = list(filter(None, map(_SUITE.fullmatch, suites)))
            for address in addresses:
                if matches and "main" in components and re.match(r"(https?|file):", address):
                    yield address, bool(matches[0]["security"])


def _one_line(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    for line in text.splitlines():
        match = _ONE_LINE.fullmatch(line.split("#")[0].strip())
        if match:
            yield [match[1]], [match[2]], match[3].split()


def _deb822(text: str) -> Iterator[tuple[list[str], list[str], list[str]]]:
    for fields in paragraphs(text):
        if "deb" in fields.get("Types", "").split() and fields.get("Enabled", "yes").lower() not in ("no", "false"):
            yield fields.get("URIs", "").split(), fields.get("Suites", "").split(), fields.get("Components", "").split()


def fetch(address: str, limit: int) -> bytes:
    """Fetches at most `limit` bytes.

    Raises:
        NotFound: the mirror does not have it.
        ToolError: anything else went wrong, or it is longer.
    """
    data = _request(urllib.request.Request(address), limit + 1)
    if len(data) > limit:
        raise _unreachable(address, f"longer than the {limit} bytes that were expected")
    return data


def exists(address: str) -> bool:
    """Whether the mirror has a file.

    Raises:
        ToolError: it does not say.
    """
    try:
        _request(urllib.request.Request(address, method="HEAD"), 0)
    except NotFound:
        return False
    return True


def _request(request: urllib.request.Request, size: int) -> bytes:
    """Reads `size` bytes of the answer, or fewer; tries again what may pass."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
                data: bytes = response.read(size)
                return data
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                raise NotFound(request.full_url) from None
            reason = f"HTTP {error.code} {error.reason}"
            if error.code < 500 and error.code != 429:
                break
        except (OSError, ValueError, http.client.HTTPException) as error:
            if request.type == "file" and not os.path.exists(urllib.request.url2pathname(request.selector)):
                raise NotFound(request.full_url) from None
            reason = str(error)
        if attempt < _ATTEMPTS:
            time.sleep(attempt)
    raise _unreachable(request.full_url, reason)


def _unreachable(address: str, reason: str) -> ToolError:
    return ToolError(Problem(address, reason, "check the mirror (DEBIAN_MIRROR, --mirror) and try again"))


def main() -> int:
    found = discover("", "", os.environ)
    print(json.dumps({DEBIAN: found.debian, SECURITY: found.security}))
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
