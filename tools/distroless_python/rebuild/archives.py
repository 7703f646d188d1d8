"""Wheels and Debian packages by their SHA-256: from a directory, else from the index and the mirror of this machine."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from distroless_python.debian import mirrors
from distroless_python.debian.mirrors import Mirrors, NotFound
from distroless_python.errors import Problem, ToolError
from distroless_python.fetch import wheel as fetch_wheel
from distroless_python.files import atomic
from distroless_python.sbom.recipe import Step

_AT_ONCE = 4
_MOST = 4 << 30  # bytes of an archive
_PIECE = 1 << 20


@dataclass(frozen=True)
class Archives:
    """Where archives are, once they were fetched.

    Attributes:
        directory: looked into first, by file name; what is fetched stays there.
        debian: the mirror, or "" for this machine's.
        security: that of security updates, likewise.
    """

    directory: Path
    debian: str = ""
    security: str = ""

    def path(self, step: Step) -> Path:
        """Where a step's archive is, or will be: the hash keeps files of one name apart."""
        there = self.directory / step.file
        if there.is_file() and _sha256(there) == step.sha256:
            return there
        return self.directory / step.sha256 / step.file

    def fetch(self, steps: Iterable[Step]) -> dict[Step, ToolError]:
        """Fetches what is not there; what could not be fetched, with the reason."""
        missing = [step for step in dict.fromkeys(steps) if not self._there(step)]
        failed: dict[Step, ToolError] = {}
        if not missing:
            return failed
        debs = [step for step in missing if step.file.endswith(".deb")]
        where: Mirrors | None = None
        if debs:
            try:
                where = mirrors.discover(self.debian, self.security, os.environ)
            except ToolError as error:
                failed.update(dict.fromkeys(debs, error))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            fetched = {step.sha256: step for step in missing if step not in failed}  # layers of one wheel share it
            waiting = {sha256: pool.submit(self._fetch, step, where) for sha256, step in fetched.items()}
            for step in (step for step in missing if step.sha256 in waiting):
                try:
                    waiting[step.sha256].result()
                except ToolError as error:
                    failed[step] = error
        return failed

    def _there(self, step: Step) -> bool:
        path = self.path(step)
        return path.is_file() and _sha256(path) == step.sha256

    def _fetch(self, step: Step, where: Mirrors | None) -> None:
        target = self.directory / step.sha256
        if where and step.file.endswith(".deb"):
            _fetch_deb(step, where, target)
        else:
            _fetch_wheel(step, target)


def _fetch_wheel(step: Step, target: Path) -> None:
    """By pip, in a process of its own: it changes the process that it runs in."""
    arguments = ["--file", step.file, "--name", step.name, "--version", step.version, "--sha256", step.sha256]
    command = [sys.executable, os.path.abspath(fetch_wheel.__file__), *arguments, "--output", str(target)]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if run.returncode:
        said = run.stderr.strip().splitlines()
        reason = said[0].removeprefix("error: ") if said else f"pip ended with {run.returncode}"
        remedy = "check pip's configuration (pip config list): an index that has this file; or put it into --archives"
        raise ToolError(Problem(step.file, reason.removeprefix(f"{step.file}: "), remedy))


def _fetch_deb(step: Step, where: Mirrors, target: Path) -> None:
    remedy = "give a mirror that has it by --mirror (a snapshot of its day), or put it into --archives"
    if not step.path:
        raise ToolError(Problem(step.file, "the provenance does not say where in the archive it is", remedy))
    address = f"{where.of(step.archive)}/{step.path}"
    try:
        data = mirrors.fetch(address, _MOST)
    except NotFound:
        raise ToolError(Problem(step.file, f"{address} is not there", remedy)) from None
    found = hashlib.sha256(data).hexdigest()
    if found != step.sha256:
        raise ToolError(Problem(step.file, f"{address} has SHA-256 {found}, not {step.sha256}", remedy))
    with atomic(target / step.file) as stream:
        stream.write(data)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
