"""Decides what a distribution puts where in an image: files, scripts, and the RECORD of them.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from distroless_python.documents.python_target import PythonTarget
from distroless_python.errors import Collector
from distroless_python.formats.paths import files_with_children, is_bytecode, printable
from distroless_python.formats.remedies import BUILD_AGAIN
from distroless_python.formats.source import BytesSource, ReplacedStart, Source
from distroless_python.layer import scripts
from distroless_python.layer.file import LayerFile
from distroless_python.python.metadata import Recorded, encode_hash, format_record

INSTALLER = "rules_distroless_python"
IMPORTABLE = ("purelib", "platlib")
"""The schemes whose files can be imported; both are one directory."""


class Installation(NamedTuple):
    """What one distribution becomes.

    Attributes:
        files: everything but RECORD and .pyc files.
        modules: those of `files` that are importable sources.
        record_path: where RECORD goes.
        root: the directory that RECORD's paths are relative to.
    """

    files: tuple[LayerFile, ...]
    modules: tuple[LayerFile, ...]
    record_path: str
    root: str

    def record(self, compiled: Iterable[str]) -> bytes:
        """RECORD's content, with the paths of .pyc files that were compiled."""
        rows = [Recorded(self._relative(f.path), f.hash, str(f.source.size) if f.hash else "") for f in self.files]
        rows += [Recorded(self._relative(path)) for path in (*compiled, self.record_path)]
        return format_record(rows)

    def _relative(self, path: str) -> str:
        if self.root and not path.startswith(f"{self.root}/"):
            return posixpath.relpath(path, self.root)
        return path[len(self.root) :].lstrip("/")


class InstallPlaces(NamedTuple):
    """Where files go.

    Attributes:
        roots: directory of each scheme, without a leading slash; empty for the root itself.
        executable: what scripts start with, behind `#!`.
    """

    roots: Mapping[str, str]
    executable: str

    @classmethod
    def image(cls, target: PythonTarget, name: str) -> InstallPlaces:
        """Debian's: dist-packages, and /usr/local for everything else of the distribution `name`."""
        packages, prefix = target.dist_packages.lstrip("/"), target.prefix.lstrip("/")
        roots = {"purelib": packages, "platlib": packages, "scripts": f"{prefix}/bin", "data": prefix}
        return cls({**roots, "headers": f"{target.headers.lstrip('/')}/{name}"}, target.executable)

    @classmethod
    def directory(cls) -> InstallPlaces:
        """One directory to import from, as `pip install --target` fills it."""
        roots = {"purelib": "", "platlib": "", "scripts": "bin", "data": "", "headers": "include"}
        return cls(roots, "/usr/bin/env python3")


def plan(
    files: Iterable[LayerFile],
    entry_points: Mapping[str, Mapping[str, str]],
    places: InstallPlaces,
    *,
    dist_info: str,
    direct: bool,
    subject: str,
    problems: Collector,
) -> Installation:
    """Places a distribution's files; those that collide go into `problems`, under `subject`.

    Args:
        files: without RECORD.
        entry_points: by group.
        places: where files go.
        dist_info: its `.dist-info` directory's name.
        direct: whether it was asked for by name.
        subject: the wheel.
        problems: gets what is wrong.
    """
    placer = _Placer(subject, problems)
    modules: list[LayerFile] = []
    root = places.roots["purelib"]
    about = posixpath.join(root, dist_info)
    own = {f"{about}/{file}".lstrip("/") for file in ("INSTALLER", "REQUESTED", "RECORD", "direct_url.json")}
    points = [point for group in scripts.GROUPS for point in entry_points.get(group, {}).items()]
    wrapped = {script for script, reference in points if scripts.is_reference(reference)}
    for item in files:
        file = _place(item, places)
        below = file.path.startswith(f"{root}/".lstrip("/"))
        if file.path in own or (below and is_bytecode(file.path)):
            continue
        if item.scheme == "scripts" and scripts.wrapper_of(posixpath.basename(item.path)) in wrapped:
            continue
        placer.put(file)
        if item.scheme in IMPORTABLE and file.is_module:
            modules.append(file)
    for group in scripts.GROUPS:
        for script, reference in entry_points.get(group, {}).items():
            if not scripts.is_reference(reference):
                continue
            path = posixpath.join(places.roots["scripts"], script)
            text = scripts.entry_point(places.executable, reference)
            placer.put(_generated(path, 0o755, text, f"{dist_info}/entry_points.txt: {group}: {script}"))
    own_files = {"INSTALLER": f"{INSTALLER}\n".encode(), **({"REQUESTED": b""} if direct else {})}
    for name, content in own_files.items():
        placer.put(_generated(posixpath.join(root, dist_info, name), 0o644, content, name))
    placer.check_directories()
    return Installation(tuple(placer.files.values()), tuple(modules), posixpath.join(root, dist_info, "RECORD"), root)


class _Placer:
    """Files by their path."""

    def __init__(self, subject: str, problems: Collector) -> None:
        self.files: dict[str, LayerFile] = {}
        self._subject = subject
        self._problems = problems

    def put(self, file: LayerFile) -> None:
        if other := self.files.get(file.path):
            reason = f"is installed to {printable(file.path)}, and so is {printable(other.origin)}"
            self._problems.add(self._subject, reason, BUILD_AGAIN, printable(file.origin))
        self.files[file.path] = file

    def check_directories(self) -> None:
        for path, inside in files_with_children(self.files).items():
            reason = (
                f"is installed to {printable(path)}, where {printable(self.files[inside].origin)} needs a directory"
            )
            self._problems.add(self._subject, reason, BUILD_AGAIN, printable(self.files[path].origin))


def _place(item: LayerFile, places: InstallPlaces) -> LayerFile:
    path = f"{places.roots[item.scheme]}/{item.path}".lstrip("/")
    mode = 0o755 if item.scheme == "scripts" else item.mode
    placed = item._replace(path=path, mode=mode, scheme="")
    if item.scheme == "scripts" and (rest := scripts.after_placeholder(item.source)):
        source = ReplacedStart(item.source, rest, f"#!{places.executable}\n".encode())
        return placed._replace(source=source, hash=hash_of(source))
    return placed


def _generated(path: str, mode: int, data: bytes, origin: str) -> LayerFile:
    source = BytesSource(data)
    return LayerFile(path, mode, source, hash_of(source), origin)


def hash_of(source: Source) -> str:
    """The SHA-256 of content as RECORD writes it."""
    digest = hashlib.sha256()
    for piece in source.pieces():
        digest.update(piece)
    return encode_hash(digest.digest())
