"""What earlier runs found out, kept outside of the workspace.

Everything is found by a digest of the content it was made from, so nothing stale can be read. The first line has a
digest of the rest: a damaged file, or one of another version of this tool or of Python, counts as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from distroless_python.files import atomic


def digest(content: bytes) -> str:
    """The name of a content."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def digest_of(*parts: object) -> str:
    """A digest of values that have a faithful `repr`."""
    return digest(repr(parts).encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=1)
def tool_version() -> str:
    """A digest of this tool's own sources and of the Python that runs it."""
    sources = sorted(Path(__file__).parents[1].rglob("*.py"))
    return digest_of(sys.version, [(path.name, path.read_bytes()) for path in sources])


_SECTIONS = ("sources", "builds", "packages", "settled")


@dataclass
class Cache:
    """The cache of one workspace. What it holds are lines of text: they are decoded where they are needed.

    Attributes:
        path: the file, None for no cache.
        fingerprint: of the whole workspace, at the end of a run that left nothing to do.
        configuration: the files beside sources and BUILD files that the fingerprint is of.
        sources: digest of a source to its facts.
        builds: digest of a BUILD file to its facts.
        packages: a package to its dependencies and the key that they are valid for.
        settled: a BUILD file to a digest of its text and of what is wanted in it, where the one is the other.
    """

    path: Path | None = None
    fingerprint: str = ""
    configuration: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    builds: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    _payload: bytes = b""

    def load(self) -> None:
        """Reads the rest of the file, after `open_cache` has read its first line."""
        sections = self._payload.decode("utf-8", "surrogatepass").split("\n\n")
        self._payload = b""
        if len(sections) == len(_SECTIONS):
            for name, section in zip(_SECTIONS, sections):
                pairs = (line.partition("\t") for line in section.split("\n") if line)
                setattr(self, name, {key: value for key, _, value in pairs})

    def save(self) -> None:
        """Writes the file; where that is not possible the next run is slower, and that is all."""
        if self.path is None:
            return
        sections = ("\n".join(f"{k}\t{v}" for k, v in getattr(self, name).items()) for name in _SECTIONS)
        payload = "\n\n".join(sections).encode("utf-8", "surrogatepass")
        header = {
            "tool": tool_version(),
            "fingerprint": self.fingerprint,
            "configuration": self.configuration,
            "digest": digest(payload),
        }
        try:
            with atomic(self.path) as stream:
                stream.write(json.dumps(header).encode() + b"\n" + payload)
        except OSError:
            pass

    def keep_only(self, sources: Iterable[str], builds: Iterable[str], packages: Iterable[str]) -> None:
        """Forgets what this run had no use for."""
        self.sources = {name: self.sources[name] for name in set(sources) if name in self.sources}
        self.builds = {name: self.builds[name] for name in set(builds) if name in self.builds}
        self.packages = {name: self.packages[name] for name in set(packages) if name in self.packages}


def open_cache(root: Path) -> Cache:
    """The cache of a workspace; an empty one where there is none that can be believed."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(base):
        return Cache()
    path = Path(base, "rules_distroless_python", f"generate-{digest(os.fsencode(root.resolve()))}")
    cache = Cache(path)
    try:
        line, _, payload = path.read_bytes().partition(b"\n")
        header = json.loads(line)
        if header["tool"] == tool_version() and header["digest"] == digest(payload):
            cache.fingerprint = str(header["fingerprint"])
            cache.configuration = [str(path) for path in header["configuration"]]
            cache._payload = payload
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return cache
