"""Decides what a distribution puts where in an image: files, scripts, and the RECORD of them.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from distroless_python.common.errors import Collector

from . import scripts
from .metadata import Recorded, format_record
from .source import BytesSource, Source
from .target import Target
from .wheel import encode_hash

INSTALLER = "rules_distroless_python"


@dataclass(frozen=True)
class Distributed:
    """A file that a distribution brings.

    Attributes:
        scheme: `purelib`, `platlib`, `scripts`, `headers` or `data`.
        path: below the scheme's directory.
        hash: as RECORD writes it; of `source`'s content.
        member: what messages call it.
    """

    scheme: str
    path: str
    executable: bool
    source: Source
    hash: str
    member: str


@dataclass(frozen=True)
class Installed:
    """A file in the image; `path` has no leading slash, `hash` is as RECORD writes it."""

    path: str
    mode: int
    source: Source
    hash: str

    @property
    def is_module(self) -> bool:
        return self.path.endswith(".py")


@dataclass(frozen=True)
class Installation:
    """What one distribution becomes.

    Attributes:
        files: everything but RECORD and .pyc files.
        modules: those of `files` that are importable sources.
        record_path: where RECORD goes.
        root: the directory that RECORD's paths are relative to.
    """

    files: tuple[Installed, ...]
    modules: tuple[Installed, ...]
    record_path: str
    root: str

    def record(self, compiled: Iterable[str]) -> bytes:
        """RECORD's content, with the paths of .pyc files that were compiled."""
        rows = [Recorded(self._relative(file.path), file.hash, str(file.source.size)) for file in self.files]
        rows += [Recorded(self._relative(path)) for path in (*compiled, self.record_path)]
        return format_record(rows)

    def _relative(self, path: str) -> str:
        inside = self.root + "/"
        return path[len(inside) :] if path.startswith(inside) else posixpath.relpath(path, self.root)


def plan(
    files: Iterable[Distributed],
    entry_points: Mapping[str, Mapping[str, str]],
    *,
    name: str,
    dist_info: str,
    target: Target,
    direct: bool,
    subject: str,
    problems: Collector,
) -> Installation:
    """Places a distribution's files; those that collide go into `problems`, under `subject`.

    Args:
        files: without RECORD.
        entry_points: by group.
        name: the distribution's, for its headers' directory.
        dist_info: its `.dist-info` directory's name.
        target: the base's Python.
        direct: whether it was asked for by name.
        subject: the wheel.
        problems: gets what is wrong.
    """
    root = target.dist_packages
    roots = {
        "purelib": root,
        "platlib": root,
        "scripts": f"{target.prefix}/bin",
        "headers": f"{target.headers}/{name}",
        "data": target.prefix,
    }
    dropped = {f"{dist_info}/{file}" for file in ("INSTALLER", "REQUESTED", "direct_url.json")}
    placed: dict[str, Installed] = {}
    modules: list[Installed] = []
    origins: dict[str, str] = {}

    def put(file: Installed, origin: str) -> None:
        if file.path in placed:
            reason = f"is installed to /{file.path}, and so is {origins[file.path]}"
            problems.add(subject, reason, "use a wheel that was built again", origin)
        placed[file.path] = file
        origins[file.path] = origin

    for item in files:
        importable = item.scheme in ("purelib", "platlib")
        if importable and (item.path in dropped or _is_bytecode(item.path)):
            continue
        path = f"{roots[item.scheme]}/{item.path}"
        source, recorded = item.source, item.hash
        if item.scheme == "scripts" and scripts.has_placeholder(_start(source)):
            source = BytesSource(scripts.rewrite_shebang(source.read(), target.executable))
            recorded = _hash(source.read())
        mode = 0o755 if item.executable or item.scheme == "scripts" else 0o644
        file = Installed(path, mode, source, recorded)
        put(file, item.member)
        if importable and file.is_module:
            modules.append(file)
    for group in scripts.GROUPS:
        for script, reference in entry_points.get(group, {}).items():
            data = scripts.entry_point(target.executable, reference)
            origin = f"{dist_info}/entry_points.txt: {group}: {script}"
            put(Installed(f"{roots['scripts']}/{script}", 0o755, BytesSource(data), _hash(data)), origin)
    for file_name, data in [("INSTALLER", f"{INSTALLER}\n".encode())] + [("REQUESTED", b"")] * direct:
        put(Installed(f"{root}/{dist_info}/{file_name}", 0o644, BytesSource(data), _hash(data)), file_name)
    _check_directories(placed, origins, subject, problems)
    return Installation(tuple(placed.values()), tuple(modules), f"{root}/{dist_info}/RECORD", root)


def _check_directories(
    placed: Mapping[str, Installed], origins: Mapping[str, str], subject: str, problems: Collector
) -> None:
    for path in placed:
        parent = posixpath.dirname(path)
        while parent:
            if parent in placed:
                reason = f"is installed to /{parent}, where {origins[path]} needs a directory"
                problems.add(subject, reason, "use a wheel that was built again", origins[parent])
            parent = posixpath.dirname(parent)


def _is_bytecode(path: str) -> bool:
    """Whether a file is a cached .pyc: it would be stale, for sources are dated to the epoch."""
    return path.endswith(".pyc") and posixpath.basename(posixpath.dirname(path)) == "__pycache__"


def _start(source: Source) -> bytes:
    return next(iter(source.pieces()), b"")[:32]


def _hash(data: bytes) -> str:
    return encode_hash(hashlib.sha256(data).digest())
