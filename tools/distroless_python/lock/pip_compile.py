"""Runs pip-tools' pip-compile for an environment, whatever Python this is. Started as a program of its own.

Markers, Requires-Python and wheel tags are the environment's, not this Python's: pip takes a target Python for its
finder and its resolver, and reads marker values from one function. pip-tools passes none of these on, so they are set
here. The versions of pip and pip-tools are locked; the tests compile for Pythons that are not the running one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pip._internal.cli.req_command import RequirementCommand
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.link import Link
from pip._internal.models.target_python import TargetPython
from pip._internal.req import InstallRequirement
from pip._vendor.packaging import markers as pip_markers
from piptools.repositories.pypi import PyPIRepository
from piptools.scripts import compile as compile_script

from distroless_python.lock.environments import Environment, parse
from distroless_python.lock.inputs import places
from distroless_python.lock.sdists import in_pip
from distroless_python.lock.why import ASKED, CONFLICT


class _Repository(PyPIRepository):
    """pip-tools' index, with the hashes that the index itself gives: it would ask elsewhere, or read every file."""

    def _get_hashes_from_pypi(self, ireq: InstallRequirement) -> dict[str, str]:
        return {}

    def _get_file_hash(self, link: Link) -> str:
        return f"sha256:{link.hash}" if link.hash_name == "sha256" else super()._get_file_hash(link)


def retarget(environment: Environment, python_full_version: str) -> None:
    """Makes the pip of this process resolve for an environment.

    Args:
        environment: the environment.
        python_full_version: what its own interpreter says, for markers; empty if it cannot be asked.
    """
    values = environment.markers
    if python_full_version:
        values.update(python_full_version=python_full_version, implementation_version=python_full_version)
    pip: Any = RequirementCommand
    build_finder, make_resolver = pip._build_package_finder, pip.make_resolver.__func__
    target = TargetPython(
        platforms=list(environment.platforms),
        py_version_info=(*environment.python, environment.newest_micro),
        abis=[environment.abi],
        implementation="cp",
    )
    finders: list[PackageFinder] = []

    def build_package_finder(self: Any, options: Any, session: Any) -> Any:
        # One for the whole run, so that each project's page is read once: `keep_usable_pins` asks it, and pip-tools.
        if not finders:
            finders.append(build_finder(self, options, session, target_python=target))
        return finders[0]

    def make_target_resolver(cls: Any, *args: Any, **kwargs: Any) -> Any:
        return make_resolver(cls, *args, **{"py_version_info": target.py_version_info, **kwargs})

    pip._build_package_finder = build_package_finder
    pip.make_resolver = classmethod(make_target_resolver)
    known: Any = values  # pip's own type for it differs between versions
    pip_markers.default_environment = known.copy


def keep_usable_pins(lock: Path) -> None:
    """Leaves those pins of a lock in it that this environment can install; options come first, a line each.

    To pip-tools a pin is a constraint: one that is for other Pythons only sends the resolver back to ancient releases
    of whatever requires it.
    """
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.startswith("-")]
    options = [places.expand(option.strip()) for option in kept]
    with TemporaryDirectory() as scratch:
        finder = _Repository(["--no-input", *options], cache_dir=scratch).finder
        for line in lines[len(kept) :]:
            name, _, version = line.split()[0].partition("==")
            if any(str(candidate.version) == version for candidate in finder.find_all_candidates(name)):
                kept.append(line)
    lock.write_text("".join(kept), encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    """Runs pip-compile with the arguments after `--`; exits with its code."""
    parser = argparse.ArgumentParser(prog="pip_compile", description=__doc__)
    parser.add_argument("--environment", required=True, type=parse)
    parser.add_argument("--python-full-version", default="", help="as the environment's own interpreter says")
    parser.add_argument("--executable", default="", help="how to start this Python again, if it is not sys.executable")
    parser.add_argument("--notes", required=True, type=Path, help="a file for what the user is to know")
    parser.add_argument("--base", type=Path, help="the root of the image's files, where this Python is one of them")
    parser.add_argument("--base-python", default="", help="its path in there")
    parser.add_argument("--directory", required=True, help="where the arguments' relative paths begin")
    parser.add_argument("--lock", required=True, type=Path, help="the output; its pins are kept where they can be")
    parser.add_argument("arguments", nargs="*")
    args = parser.parse_args(argv)
    if args.executable:
        sys.executable = args.executable
    os.chdir(args.directory)
    retarget(args.environment, args.python_full_version)
    in_pip.install(args.notes, args.base, args.base_python)
    keep_usable_pins(args.lock)
    vars(compile_script)["PyPIRepository"] = _Repository
    try:
        compile_script.cli.main(args=[f"--output-file={args.lock}", *args.arguments], prog_name="pip-compile")
    except Exception as error:  # whatever pip raises of what it reads: the caller reports it
        sys.exit("\n".join([*_conflict(error), f"{type(error).__name__}: {error}"]))


def _conflict(error: BaseException | None) -> list[str]:
    """The requirements that contradict each other, a line each, where that is why there is no solution."""
    while error is not None and not hasattr(error, "causes"):
        error = error.__cause__ or error.__context__
    lines = []
    for cause in getattr(error, "causes", ()):
        parent = getattr(cause, "parent", None)
        who = f"{parent.name} {parent.version}" if parent else ASKED
        lines.append(f"{CONFLICT}{who} requires {cause.requirement}")
    return list(dict.fromkeys(lines))


if __name__ == "__main__":
    main()
