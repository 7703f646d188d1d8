"""`unpack-wheel`: a wheel becomes a directory to import from on the developer's machine."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.formats.source import BytesSource
from distroless_python.layer.check_content import check_content, check_file, check_written
from distroless_python.layer.excluded import without
from distroless_python.layer.file import LayerFile
from distroless_python.layer.install import Installation, InstallPlaces
from distroless_python.layer.ordered import Ordered
from distroless_python.layer.wheel import open_wheel
from distroless_python.manifests.layers import UnpackWheelManifest
from distroless_python.manifests.reading import read_manifest

_BATCH = 1 << 20
"""Bytes that a thread unpacks at a time, `_FILE` added for each file."""

_FILE = 16 << 10
_AHEAD = 8


def main(argv: list[str]) -> int:
    build(read_manifest(argv[0], UnpackWheelManifest))
    return 0


def build(job: UnpackWheelManifest) -> None:
    """Fills the directory, as `pip install --target` lays it out.

    Raises:
        ToolError: the wheel is broken or hostile; with all that is wrong, and the directory is empty then.
    """
    problems = Collector()
    check_file(job.wheel, job.sha256, problems)
    wheel = open_wheel(job.wheel, problems, locked=bool(job.sha256))
    if wheel is None:
        raise ToolError(problems)
    wheel = without(wheel, job.exclude, job.wheel, problems)
    installation = wheel.plan(InstallPlaces.directory(), False, problems)
    if problems:
        check_content(wheel, problems)
        raise ToolError(problems)
    try:
        digests = _write(installation, job.output)
        check_written(wheel, installation, digests, problems)
        problems.raise_if_any()
    except BaseException as error:
        shutil.rmtree(job.output, ignore_errors=True)
        os.makedirs(job.output, exist_ok=True)
        if isinstance(error, ToolError):
            check_content(wheel, others := Collector())
            others.raise_if_any()
        raise


def _write(installation: Installation, output: str) -> dict[str, str]:
    """Writes every file; the result is the SHA-256 of each by its path."""
    record = LayerFile(installation.record_path, 0o644, BytesSource(installation.record(())))
    files = (*installation.files, record)
    for directory in {os.path.dirname(file.path) for file in files}:
        os.makedirs(os.path.join(output, directory), exist_ok=True)
    threads: Ordered[tuple[str, str]] = Ordered(os.cpu_count() or 2, _AHEAD, _AHEAD, lambda _: 0)
    return dict(threads.run(partial(_unpack, batch, output) for batch in _batches(files)))


def _batches(files: Iterable[LayerFile]) -> Iterator[list[LayerFile]]:
    batch: list[LayerFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.source.size + _FILE
        if size >= _BATCH:
            yield batch
            batch, size = [], 0
    yield batch


def _unpack(batch: Iterable[LayerFile], output: str) -> Iterator[tuple[str, str]]:
    for file in batch:
        digest = hashlib.sha256()
        with _create(os.path.join(output, file.path)) as stream:
            for piece in file.source.pieces():
                digest.update(piece)
                stream.write(piece)
            if file.mode & 0o111:
                os.fchmod(stream.fileno(), file.mode)
        yield file.path, digest.hexdigest()


def _create(path: str) -> BinaryIO:
    try:
        return open(path, "xb")
    except FileExistsError:
        reason = "is there already: the file system does not tell upper from lower case, or the directory was not empty"
        raise ToolError(Problem(path, reason, "unpack into an empty directory")) from None
