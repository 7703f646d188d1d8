"""`lock` alone: every lock of the workspace, from what it is made of."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from distroless_python.documents import debian_lock as debian_lockfile
from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock import main_wheels, wheels_lock, workspace
from distroless_python.lock.changes import Changes
from distroless_python.lock.compile import Request, Runner, compile_lock, stale
from distroless_python.lock.debian import main as main_debian
from distroless_python.lock.environments import parse_all
from distroless_python.lock.inputs.pins import Selection
from distroless_python.lock.inputs.read import is_written_by_another_tool
from distroless_python.lock.main_compile import add_upgrade_arguments
from distroless_python.lock.runner import make_runner
from distroless_python.lock.sources import PYPROJECT, Group, Sources
from distroless_python.lock.system_needs import needed
from distroless_python.lock.wheels import Options
from distroless_python.lock.workspace import DebianLock, PythonLock

_COMMAND = "bazel run @rules_distroless_python//tools:lock"
DESCRIPTION = "Make every lock of the workspace from what it is made of, or one of them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_upgrade_arguments(parser)
    main_wheels.add_changes_argument(parser)
    parser.add_argument(
        "--debian", action="store_true", help="lock the Debian packages anew too; else only where the table has changed"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a lock is stale (no network)")


def run(args: argparse.Namespace) -> int:
    folder = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ""))
    locks = workspace.read(folder)
    problems = Collector()
    builders = workspace.builders(folder)
    pip_compile = None if args.check else make_runner(args.resolver, args.interpreter)
    changes = Changes() if args.changes else None
    for python in locks.python:
        with problems.catching():
            _lock_python(python, folder, args, pip_compile, builders, changes)
    wanted: dict[str, set[str]] = {}
    with problems.catching():
        wanted = _needed(locks.python, folder)
    for debian in locks.debian:
        also = () if debian.builder else sorted(wanted.get(debian.release, ()))
        with problems.catching():
            _lock_debian(debian, folder, args.check, also, anew=args.debian)
    if changes:
        changes.write(args.changes)
    problems.raise_if_any()
    return 0


def _lock_python(
    lock: PythonLock,
    folder: Path,
    args: argparse.Namespace,
    pip_compile: Runner | None,
    builders: Mapping[str, Path],
    changes: Changes | None,
) -> None:
    environments = parse_all(lock.environments)
    requirements_lock = folder / lock.requirements_lock
    foreign = is_written_by_another_tool(requirements_lock)
    selection = Selection(lock.extras, lock.groups, lock.packages) if foreign else Selection(packages=lock.packages)
    options = Options(lock.sdist, lock.urls, selection)
    request = None
    if foreign:
        _check_foreign(lock, args)
    elif lock.sources or lock.groups:
        groups = tuple(Group.parse(text, folder) for text in lock.groups)
        sources = Sources(_paths(folder, lock.sources), _paths(folder, lock.constraints), lock.extras, groups)
        request = Request(sources, requirements_lock, environments, args.upgrade, tuple(args.upgrade_package))
    if pip_compile is None:
        problems = stale(request) if request else []
        if lock.wheels_lock:
            problems += main_wheels.stale(requirements_lock, environments, folder / lock.wheels_lock, options)
        if problems:
            both = f"run {_COMMAND}; for this lock alone, in its folder,"
            raise ToolError([replace(problem, remedy=f"{both} {problem.remedy}") for problem in problems])
        return
    if request:
        compile_lock(request, pip_compile)
    if lock.wheels_lock:
        main_wheels.lock_wheels(
            requirements_lock, environments, folder / lock.wheels_lock, options, pip_compile, builders, changes
        )


def _check_foreign(lock: PythonLock, args: argparse.Namespace) -> None:
    """A lock of another tool is not compiled here, and does not move."""
    if lock.sources or lock.constraints:
        reason = f"{lock.requirements_lock} is written by another tool, not from sources or constraints"
        remedy = "take these two out of its table, or name a requirements_lock.txt"
        raise ToolError(Problem(PYPROJECT, reason, remedy, "tool.rules_distroless_python.python"))
    if args.upgrade or args.upgrade_package:
        words = " ".join(["--upgrade"] * args.upgrade + [f"--upgrade-package {name}" for name in args.upgrade_package])
        print(f"{lock.requirements_lock}: its own tool moves its versions (uv lock {words})", file=sys.stderr)


def _needed(locks: Sequence[PythonLock], folder: Path) -> dict[str, set[str]]:
    """The Debian packages that the wheels of a workspace need, by release."""
    paths = [folder / lock.wheels_lock for lock in locks if lock.wheels_lock]
    return needed(wheels_lock.read(path) for path in paths if path.exists())


def _lock_debian(lock: DebianLock, folder: Path, check: bool, also: Sequence[str], *, anew: bool) -> None:
    """Locks a base or a builder; `also` names what wheels need besides."""
    output = folder / lock.lock
    if check:
        _check_debian(lock, output, also)
        return
    with suppress(ToolError):
        _check_debian(lock, output, also)
        if not anew:
            return
    if also:
        print(f"{output}: with {', '.join(also)}, which wheels need", file=sys.stderr)
    arguments = [f"--release={lock.release}", f"--output={output}"]
    arguments += [f"--arch={architecture}" for architecture in lock.architectures]
    arguments += [f"--add={package}" for package in lock.add] + ["--builder"] * lock.builder
    arguments += [f"--also={package}" for package in also]
    parser = argparse.ArgumentParser()
    main_debian.add_arguments(parser)
    main_debian.run(parser.parse_args(arguments))


def _check_debian(lock: DebianLock, output: Path, also: Sequence[str] = ()) -> None:
    """Whether a Debian lock is what the workspace asks for; whether it is the newest, only the network can say."""
    command = f"run {debian_lockfile.command(lock.release, str(output), builder=lock.builder)}"
    if not output.exists():
        raise ToolError(Problem(str(output), "there is no such file", command))
    locked = debian_lockfile.read(output)
    asked = DebianLock(lock.lock, locked.release, tuple(locked.architectures), locked.added, locked.builder)
    # What builds need is added where it is needed, whatever else the table names.
    add = asked.add if not lock.add or (lock.builder and set(lock.add) <= set(asked.add)) else lock.add
    add = (*add, *(package for package in also if package not in add))
    wanted = replace(lock, architectures=lock.architectures or asked.architectures, add=add)
    if _told(wanted) != _told(asked):
        raise ToolError(Problem(str(output), f"it was made for {_told(asked)}, not {_told(wanted)}", command))


def _told(lock: DebianLock) -> str:
    what = [lock.release, "builder"] if lock.builder else [lock.release]
    return " ".join([*what, "on", *sorted(lock.architectures), *(["with", *sorted(lock.add)] if lock.add else [])])


def _paths(folder: Path, names: Sequence[str]) -> tuple[Path, ...]:
    return tuple(folder / name for name in names)
