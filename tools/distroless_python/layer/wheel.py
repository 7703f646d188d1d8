"""Reads a wheel: its name, what it says of itself, and where each of its members is installed.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats import zip_archive
from distroless_python.formats.paths import printable
from distroless_python.formats.remedies import BUILD_AGAIN, RENAMED
from distroless_python.formats.zip_archive import ZipArchive
from distroless_python.formats.zip_member import METHODS, ZipMember
from distroless_python.layer import install
from distroless_python.layer.distribution import check_entry_points
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import Installation, InstallPlaces
from distroless_python.python import metadata, tags
from distroless_python.python.metadata import STRONG, Headers, Recorded
from distroless_python.python.names import comparable_version, is_name, normalize_name

if TYPE_CHECKING:
    from pathlib import Path

_MAX_TEXT, _MAX_RECORD = 8 << 20, 64 << 20
SCHEMES = ("purelib", "platlib", "scripts", "headers", "data")


class WheelName(NamedTuple):
    """What a wheel's file name says."""

    name: str
    version: str
    tags: tuple[str, ...]


class Wheel(NamedTuple):
    """A wheel whose declarations were read and checked; its content is not yet.

    Attributes:
        archive: the open zip.
        name: as METADATA spells it.
        version: likewise.
        tags: expanded.
        dist_info: `django-5.2.8.dist-info`.
        metadata: fields of METADATA.
        entry_points: by group.
        members: everything to be installed, without directories, RECORD and its signatures.
        odd: what is wrong with RECORD and does no harm.
    """

    archive: ZipArchive
    name: str
    version: str
    tags: tuple[str, ...]
    dist_info: str
    metadata: Headers
    entry_points: dict[str, dict[str, str]]
    members: tuple[LayerFile, ...]
    odd: tuple[Problem, ...] = ()

    def plan(self, places: InstallPlaces, direct: bool, problems: Collector) -> Installation:
        """Decides where everything goes; for arguments see `install.plan`."""
        return install.plan(
            self.members,
            self.entry_points,
            places,
            dist_info=self.dist_info,
            direct=direct,
            subject=self.archive.subject,
            problems=problems,
        )


def parse_name(file_name: str) -> WheelName:
    """Reads a wheel's file name.

    Raises:
        ToolError: it is not a wheel's.
    """
    match = re.fullmatch(r"([^-\s]+)-([^-\s]+)(?:-\d[^-\s]*)?-([^-\s]+)-([^-\s]+)-([^-\s]+)\.whl", file_name)
    if not match:
        reason = "this is not a valid wheel file name: name-version[-build]-python-abi-platform.whl"
        raise ToolError(Problem(file_name, reason, RENAMED))
    return WheelName(match[1], match[2], tags.expand(*match.groups()[2:]))


def open_wheel(path: Path | str, problems: Collector, *, locked: bool = False) -> Wheel | None:
    """Opens a wheel and checks what it declares; None if so much is wrong that nothing more can be said.

    Everything found goes into `problems`, so a wheel that was returned may still not be installed. Where the wheel's
    own hash is `locked`, a RECORD that does not fit the files is odd, but nothing that matters: it is in `Wheel.odd`.
    """
    subject = os.path.basename(path)
    name: WheelName | None = None
    with problems.catching():
        name = parse_name(subject)
    archive: ZipArchive | None = None
    with problems.catching():
        archive = ZipArchive(path, subject)
    if archive is None:
        return None
    zip_archive.check(archive, problems)
    dist_info = _dist_info(archive, problems)
    if dist_info is None:
        return None
    reader = _WheelReader(archive, dist_info, problems)
    wheel = reader.read(name)
    if not locked:
        for problem in reader.odd:
            problems.add(problem.subject, problem.reason, problem.remedy, problem.member)
        return wheel
    return wheel._replace(odd=tuple(reader.odd))


def _dist_info(archive: ZipArchive, problems: Collector) -> str | None:
    tops = (member.name.partition("/")[0] for member in archive.members if "/" in member.name)
    found = sorted({top for top in tops if top.endswith(".dist-info")})
    if len(found) == 1:
        return found[0]
    what = (
        f"holds {len(found)} .dist-info directories: {', '.join(map(printable, found))}"
        if found
        else "holds no .dist-info directory"
    )
    problems.add(archive.subject, f"{what}; a wheel has one", BUILD_AGAIN)
    return None


class _WheelReader:
    def __init__(self, archive: ZipArchive, dist_info: str, problems: Collector) -> None:
        self.archive = archive
        self.dist_info = dist_info
        self.problems = problems
        self.odd = Collector()
        self.by_name = {member.name: member for member in archive.members}
        self.record_path = f"{dist_info}/RECORD"
        # RECORD cannot list its own hash, nor those of its signatures.
        self.unrecorded = {self.record_path, f"{self.record_path}.jws", f"{self.record_path}.p7s"}

    def read(self, name: WheelName | None) -> Wheel:
        fields = metadata.parse_headers(self._text("METADATA") or "")
        self._check_wheel_version(metadata.parse_headers(self._text("WHEEL") or ""))
        spelled, version = metadata.first(fields, "name"), metadata.first(fields, "version")
        if name:
            self._check_names(name, spelled, version)
        return Wheel(
            self.archive,
            spelled or (name.name if name else ""),
            version or (name.version if name else ""),
            name.tags if name else (),
            self.dist_info,
            fields,
            self._entry_points(),
            tuple(self._placed()),
        )

    def _add(self, member: str, reason: str, remedy: str = BUILD_AGAIN) -> None:
        self.problems.add(self.archive.subject, reason, remedy, printable(member))

    def _text(self, file: str, required: bool = True, most: int = _MAX_TEXT) -> str | None:
        path = f"{self.dist_info}/{file}"
        member = self.by_name.get(path)
        if member is None:
            if required:
                self._add(path, "is missing")
            return None
        if member.size > most:
            self._add(path, f"declares {member.size} bytes, too many for a text file")
            return None
        if member.method not in METHODS:
            return None  # zip_archive.check has said so
        with self.problems.catching():
            try:
                return member.read().decode("utf-8")
            except UnicodeDecodeError as error:
                self._add(path, f"is not UTF-8: {error}")
        return None

    def _check_wheel_version(self, fields: Headers) -> None:
        version = metadata.first(fields, "wheel-version")
        if not version and f"{self.dist_info}/WHEEL" in self.by_name:
            self._add(f"{self.dist_info}/WHEEL", "has no Wheel-Version")
        elif version and version.partition(".")[0] != "1":
            self._add(
                f"{self.dist_info}/WHEEL",
                f"is of Wheel-Version {version}; 1 is known",
                "use a newer release of these rules",
            )

    def _check_names(self, name: WheelName, spelled: str, version: str) -> None:
        """File name, .dist-info and METADATA name one distribution."""
        path = f"{self.dist_info}/METADATA"
        stem = self.dist_info[: -len(".dist-info")]
        inside = stem.partition("-")
        given = [(self.dist_info, inside[0], inside[2])]
        if path in self.by_name:
            for field, value in (("Name", spelled), ("Version", version)):
                if not value:
                    self._add(path, f"has no {field}")
            given.append((path, spelled, version))
            if spelled and not is_name(spelled):
                self._add(path, f"has a Name that is not a valid one: {printable(spelled)}")
        for place, its_name, its_version in given:
            if its_name and normalize_name(its_name) != normalize_name(name.name):
                self._add(place, f"names {its_name!r} where the file name says {name.name!r}", RENAMED)
            if its_version and comparable_version(its_version) != comparable_version(name.version):
                self._add(place, f"is of version {its_version!r} where the file name says {name.version!r}", RENAMED)

    def _entry_points(self) -> dict[str, dict[str, str]]:
        text = self._text("entry_points.txt", required=False)
        try:
            groups = metadata.parse_entry_points(text or "")
        except ValueError as error:
            self._add(f"{self.dist_info}/entry_points.txt", str(error))
            return {}
        check_entry_points(groups, self.archive.subject, f"{self.dist_info}/entry_points.txt", self.problems)
        return groups

    def _placed(self) -> Iterator[LayerFile]:
        text = self._text("RECORD", most=_MAX_RECORD)
        rows = {} if text is None else self._check_record(text)
        for member in self.archive.members:
            if member.name.endswith("/") or member.name in self.unrecorded:
                continue
            scheme, path = "purelib", member.name
            top, _, below = member.name.partition("/")
            if top.endswith(".data"):  # whatever stands before it, as pip has it
                scheme, _, path = below.partition("/")
                if scheme not in SCHEMES or not path:
                    self._add(member.name, f"is in no scheme of installation: {', '.join(SCHEMES)}")
                    continue
            mode = 0o755 if member.executable else 0o644
            recorded = rows.get(member.name, "")
            hash = recorded if recorded.startswith(STRONG) else ""
            yield LayerFile(path, mode, member, hash, member.name, scheme)

    def _check_record(self, text: str) -> dict[str, str]:
        """Compares RECORD's rows with the members; the hash of each path. Says once what is odd."""
        found: dict[str, str] = {}
        odd: dict[str, list[str]] = {}
        try:
            for row in metadata.parse_record(text):
                member = self.by_name.get(row.path)
                reasons = ["lists what the wheel does not hold"] if member is None else _row_problems(row, member)
                if row.path in found:
                    reasons = ["lists a file twice"]
                for reason in reasons if row.path not in self.unrecorded else ():
                    odd.setdefault(reason, []).append(row.path)
                if member:
                    found.setdefault(row.path, metadata.base64_hash(row.hash))
        except ValueError as error:
            odd[f"is not a valid RECORD: {error}"] = []
        missing = [n for n in self.by_name if not n.endswith("/") and n not in found and n not in self.unrecorded]
        if missing:
            odd["does not list"] = missing
        for reason, paths in odd.items():
            more = f" and {len(paths) - 3:,} more" if len(paths) > 3 else ""
            what = f"{reason}: {', '.join(map(printable, paths[:3]))}{more}" if paths else reason
            self.odd.add(self.archive.subject, what, BUILD_AGAIN, printable(self.record_path))
        return found


def _row_problems(row: Recorded, member: ZipMember) -> list[str]:
    reasons = []
    if not row.hash:
        reasons.append("has no hash")
    elif not row.hash.startswith(STRONG):
        reasons.append("has a hash that is not SHA-256 or better")
    elif metadata.base64_hash(row.hash) != row.hash:
        reasons.append("has hashes in hexadecimal")
    if row.size and row.size != str(member.size):
        reasons.append("has another size than the file")
    return reasons
