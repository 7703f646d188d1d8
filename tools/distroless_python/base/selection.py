"""Which files of a package go into an image, and where: a pure decision.

Documentation is left out, copyright kept, as distroless does. Everything below /bin, /sbin, /lib and /lib64 is laid
below /usr, for the base makes links of these four (merged /usr, on which Debian insists since bookworm): whether a
package of a release ships its files in one place or the other, no layer has a directory where another has a link.
"""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from distroless_python.errors import Collector
from distroless_python.formats.paths import MAX_PATH, is_unicode, printable, unlayable

MERGED = ("bin", "lib", "lib64", "sbin")
"""Directories of the root that are links into usr/."""

_LEFT_OUT = re.compile(
    r"usr/share/(?:bash-completion|bug|doc-base|gdb|groff|info|linda|lintian|locale|man|menu)/.*"
    r"|usr/share/doc/[^/]+/(?!copyright$).+"
)
_REMEDY = "use the package as Debian's archive has it; this one is damaged or hostile"


@dataclass(frozen=True)
class SelectedEntry:
    """What becomes of one member.

    Attributes:
        path: in the image, no leading slash.
        member: as the package has it; a hard link to a file that is left out stands for that file.
        target: of links only, as it is to be written.
    """

    path: str
    member: tarfile.TarInfo
    target: str = ""


def select(members: Iterable[tarfile.TarInfo], subject: str, problems: Collector) -> list[SelectedEntry]:
    """The entries for the image, in the package's order; what is wrong with any of them goes to `problems`."""
    seen: dict[str, tarfile.TarInfo] = {}
    kept: dict[str, SelectedEntry] = {}
    for member in members:
        path = _path(member.name)
        if reason := _reason(member, path):
            problems.add(subject, reason, _REMEDY, printable(member.name))
        elif path and not (member.issym() and path in MERGED):
            path = merged(path)
            if path in seen and not (member.isdir() and seen[path].isdir()):
                problems.add(subject, "the package has it twice", _REMEDY, member.name)
            elif not _LEFT_OUT.fullmatch(path + "/" * member.isdir()):
                entry = _entry(path, member, seen, kept)
                if entry:
                    kept[path] = entry
                else:
                    problems.add(
                        subject, f"it links to {member.linkname!r}, which is not a file before it", _REMEDY, path
                    )
            seen.setdefault(path, member)
    _check_parents(seen, subject, problems)
    emptied = {parent for path in seen.keys() - kept.keys() for parent in parents(path)}
    needed = {parent for entry in kept.values() if not entry.member.isdir() for parent in parents(entry.path)}
    return [e for e in kept.values() if not e.member.isdir() or e.path in needed or e.path not in emptied]


def without(entries: Sequence[SelectedEntry], exclude: Sequence[str]) -> list[SelectedEntry]:
    """The entries that fit no pattern, and of the directories those that keep a file."""
    if not exclude:
        return list(entries)
    pattern = re.compile("|".join(f"(?:{one})" for one in exclude))
    gone = {entry.path: entry for entry in entries if not entry.member.isdir() and pattern.fullmatch(entry.path)}
    kept = []
    for entry in entries:
        if entry.path not in gone:
            hard = gone.get(entry.target) if entry.member.islnk() else None
            kept.append(SelectedEntry(entry.path, hard.member) if hard else entry)
    emptied = {parent for path in gone for parent in parents(path)}
    needed = {parent for entry in kept if not entry.member.isdir() for parent in parents(entry.path)}
    return [e for e in kept if not e.member.isdir() or e.path in needed or e.path not in emptied]


def _reason(member: tarfile.TarInfo, path: str | None) -> str:
    """Why a member cannot be in a layer; empty if it can. `path` is its name as a path."""
    if path is None:
        return "its name leaves the root"
    if not is_unicode(member.name + member.linkname):
        return "its name, or what it links to, is not UTF-8"
    if reason := unlayable(path):
        return reason
    if member.issparse() or not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        return "it is not an ordinary file, a directory or a link"
    if member.issym() and not 0 < len(member.linkname.encode()) <= MAX_PATH:
        return "it is a link to a name that is empty or too long"
    return ""


def merged(path: str) -> str:
    """Where a path is once /usr is merged."""
    return f"usr/{path}" if path.partition("/")[0] in MERGED else path


def parents(path: str) -> list[str]:
    """The directories above a path, the root left out."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _path(name: str) -> str | None:
    """A member's name as a path; "" for the root, None if it is not below the root."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts:
        return None
    return "/".join(parts)


def _entry(
    path: str, member: tarfile.TarInfo, seen: dict[str, tarfile.TarInfo], kept: dict[str, SelectedEntry]
) -> SelectedEntry | None:
    """The entry of a member; None for a hard link to nothing."""
    if member.issym():
        return SelectedEntry(path, member, _target(member))
    if not member.islnk():
        return SelectedEntry(path, member)
    target = merged(_path(member.linkname) or "")
    if target in kept and not kept[target].member.isdir():
        return SelectedEntry(path, member, target)
    original = seen.get(target)
    return SelectedEntry(path, original) if original and original.isreg() else None


def _target(member: tarfile.TarInfo) -> str:
    """A symbolic link's target, made to fit where the link has moved to."""
    name = _path(member.name) or ""
    if member.linkname.startswith("/") or merged(name) == name:
        return member.linkname
    aim = merged(posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname)))
    return posixpath.relpath("/" + aim, "/" + posixpath.dirname(merged(name)))


def _check_parents(seen: dict[str, tarfile.TarInfo], subject: str, problems: Collector) -> None:
    for path in seen:
        for parent in parents(path):
            if parent in seen and not seen[parent].isdir():
                problems.add(subject, f"it is below {parent}, which is not a directory", _REMEDY, path)
                break
