"""Whether the wheels that are there meet what a project needs to be built."""

from __future__ import annotations

import os
import re

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.manifests.sdist import WheelFromSdistManifest
from distroless_python.python import requirements
from distroless_python.python.names import normalize_name
from distroless_python.python.requirements import InvalidRequirement, Requirement
from distroless_python.sdist.build_system import BuildSystem, NotToml, parse
from distroless_python.sdist.diagnose import Place

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures as Linux calls them."""


def read(source: str, job: WheelFromSdistManifest) -> BuildSystem:
    """The build system of an unpacked project.

    Raises:
        ToolError: its pyproject.toml cannot be read, or it is not a Python project.
    """
    project = os.path.join(source, "pyproject.toml")
    if not os.path.exists(project):
        if not os.path.exists(os.path.join(source, "setup.py")):
            reason = "it has neither pyproject.toml nor setup.py"
            raise ToolError(Problem(job.label, reason, "lock another version", os.path.basename(job.sdist)))
        return BuildSystem()
    try:
        with open(project, encoding="utf-8") as file:
            return parse(file.read())
    except (NotToml, UnicodeDecodeError) as error:
        raise ToolError(
            Problem(job.label, str(error), "patch it (`patches` of distroless.wheels)", "pyproject.toml")
        ) from None


def check(system: BuildSystem, job: WheelFromSdistManifest) -> None:
    """Checks `build-system.requires`.

    Raises:
        ToolError: with each requirement that no wheel meets.
    """
    problems = Collector()
    for text in system.requires:
        try:
            requirement = requirements.parse(text)
        except InvalidRequirement as error:
            problems.add(job.label, str(error), "patch it (`patches` of distroless.wheels)", "pyproject.toml")
            continue
        if requirements.applies(requirement, _environment(job)):
            _check(requirement, text, job, problems)
    problems.raise_if_any()


def place(job: WheelFromSdistManifest) -> Place:
    """What remedies have to know of a job."""
    return Place(job.distribution, job.hub, job.release, job.build_debs, job.build_requires, job.builder_lock)


def unmet(text: str, job: WheelFromSdistManifest) -> Problem:
    """A requirement for which there is no wheel."""
    tag = place(job).entry("build_requires", (*job.build_requires, requirements.requirement_name(text)))
    remedy = (
        f"lock again, which locks what builds require; if it stays like this, add {text!r} to requirements.in, lock, "
        f"and write {tag}"
    )
    return Problem(job.label, f"to be built, {job.distribution} requires {text}, which the lock does not have", remedy)


def _check(requirement: Requirement, text: str, job: WheelFromSdistManifest, problems: Collector) -> None:
    versions = [found.version for found in job.requires if found.distribution == normalize_name(requirement.name)]
    if not versions:
        with problems.catching():
            raise ToolError(unmet(text, job))
    elif not requirements.admits(requirement, versions[0]):
        reason = f"to be built, {job.distribution} requires {text}, and the lock has {versions[0]}"
        problems.add(job.label, reason, f"write {text!r} into requirements.in and lock again")


def _environment(job: WheelFromSdistManifest) -> dict[str, str]:
    """What markers are evaluated in."""
    return {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": MACHINES[job.architecture],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{job.python}.0",
        "python_version": job.python,
        "sys_platform": "linux",
    }


def normalised(text: str) -> str:
    """`name-version` of a .dist-info directory in one spelling."""
    name, _, version = text.rpartition("-")
    return f"{normalize_name(name)}-{re.sub(r'[-_]', '.', version.lower())}"
