"""What a new wheel lock changes, in Markdown for the change request: versions, licences, withdrawn releases."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import InvalidVersion, Version

from distroless_python.errors import ToolError
from distroless_python.files import atomic
from distroless_python.lock.choose import Candidate
from distroless_python.lock.index import Index
from distroless_python.lock.inputs.pins import Pin
from distroless_python.lock.wheels_lock import LockedFile, WheelsLock

_HEAD = "| distribution | before | after | step | licence |\n|---|---|---|---|---|\n"
_STEPS = ("major", "minor", "patch")


@dataclass(frozen=True)
class Release:
    """A version of a distribution as a lock has it, and what its index says of it.

    Attributes:
        version: its version.
        licence: as its metadata says; empty if that says nothing or the index has it no more.
        yanked: why it was withdrawn, empty if the index does not say; None if it was not.
    """

    version: str
    licence: str = ""
    yanked: str | None = None


@dataclass
class Changes:
    """The changes of several locks; `write` makes the page of them."""

    sections: list[str] = field(default_factory=list)

    def add(self, title: str, before: WheelsLock | None, after: WheelsLock, index: Index) -> None:
        """Notes what one lock changes.

        Args:
            title: the lock, as the reader knows it.
            before: the lock that was there, if one was.
            after: the lock that is there now.
            index: where its files are.
        """
        known = before.distributions if before else {}
        rows = []
        for name in sorted({*known, *after.distributions}):
            old, new = known.get(name, ()), after.distributions.get(name, ())
            if {file.version for file in old} != {file.version for file in new}:
                rows.append(row(name, _releases(name, old, index), _releases(name, new, index)))
        unchanged = "The versions are the same.\n"
        self.sections.append(f"## {title}\n\n{_HEAD + ''.join(rows) if rows else unchanged}")

    def write(self, path: str) -> None:
        """Writes the page; `-` is standard output."""
        text = "\n".join(self.sections)
        if path == "-":
            sys.stdout.write(text)
            return
        with atomic(Path(path)) as stream:
            stream.write(text.encode())


def yanked(lock: WheelsLock, index: Index) -> Iterator[str]:
    """A line for each release of a lock that was withdrawn."""
    for name, files in lock.distributions.items():
        for file in files:
            reason = index.yanked(Candidate(file.file, file.sha256))
            if reason is not None:
                yield f"{name} {file.version} was withdrawn (yanked){f': {reason}' if reason else ''}"
                break


def row(name: str, before: Sequence[Release], after: Sequence[Release]) -> str:
    """A line of the table."""
    licences = [", ".join(dict.fromkeys(r.licence for r in releases if r.licence)) for releases in (before, after)]
    old, new = licences
    changed = f"**{old} → {new}**" if before and after and old and new and old != new else new or old
    cells = [name, _told(before), _told(after), step(before, after), changed]
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |\n"


def step(before: Sequence[Release], after: Sequence[Release]) -> str:
    """How large a change of versions is."""
    if not before or not after:
        return "removed" if before else "new"
    try:
        old, new = (max(Version(release.version) for release in releases) for releases in (before, after))
    except InvalidVersion:
        return "other"
    if new < old:
        return "back"
    pairs = zip((old.epoch, old.major, old.minor, old.micro), (new.epoch, new.major, new.minor, new.micro))
    differs = next((number for number, (one, other) in enumerate(pairs) if one != other), 3)
    return _STEPS[max(0, differs - 1)]


def _told(releases: Sequence[Release]) -> str:
    return ", ".join(
        release.version
        + ("" if release.yanked is None else f" (yanked{f': {release.yanked}' if release.yanked else ''})")
        for release in releases
    )


def _releases(name: str, files: Sequence[LockedFile], index: Index) -> tuple[Release, ...]:
    """The releases of a lock's files, by version; an index may have lost those of an older lock."""
    found: dict[str, Release] = {}
    for file in files:
        if file.version in found:
            continue
        candidate = Candidate(file.file, file.sha256)
        found[file.version] = Release(file.version)
        with suppress(ToolError):
            pin = Pin(name, file.version, (), frozenset(), frozenset([file.sha256]), (), "", url=file.url)
            if candidate in index.candidates(pin):
                found[file.version] = Release(file.version, index.facts(candidate).licence, index.yanked(candidate))
    return tuple(found.values())
