"""`lock wheels`: a wheel lock from a requirements file with hashes, a uv.lock or a pylock.toml."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from distroless_python.errors import Collector, Problem, ToolError
from distroless_python.lock import wheels, workspace
from distroless_python.lock import wheels_lock as lockfile
from distroless_python.lock.changes import Changes, yanked
from distroless_python.lock.compile import Runner
from distroless_python.lock.environments import Environment, parse_all
from distroless_python.lock.index import Index
from distroless_python.lock.inputs import places
from distroless_python.lock.inputs.pins import Pins, Selection
from distroless_python.lock.inputs.read import read_input
from distroless_python.lock.runner import PipCompile, image_pythons
from distroless_python.lock.sdists import builder
from distroless_python.lock.sdists.builds import BuildPlanner, known_versions
from distroless_python.lock.wheels import Options
from distroless_python.lock.wheels_lock import LockedEnvironment, WheelsLock

DESCRIPTION = (
    "Lock the wheels for images and developers' machines, from requirements with hashes, uv.lock or pylock.toml."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--requirements",
        required=True,
        type=user_path,
        help="requirements with hashes, as pip-tools writes them; a uv.lock or a pylock.toml",
    )
    for name, what in (
        ("extra", "optional dependencies of a uv.lock or pylock.toml"),
        ("group", "a dependency group of a uv.lock or pylock.toml"),
        ("package", "a project of a uv workspace, instead of all"),
    ):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=f"{what}; again for more")
    add_environment_argument(parser)
    parser.add_argument("--output", required=True, type=user_path, help="the lock file, wheels.lock.json")
    parser.add_argument(
        "--sdist",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="lock a source distribution where there is no wheel, and what builds it",
    )
    parser.add_argument("--urls", action="store_true", help="write where each file was found, for Bazel's downloader")
    add_changes_argument(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the lock is stale (no network)")


def add_changes_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--changes",
        metavar="FILE",
        type=lambda text: text if text == "-" else str(user_path(text)),
        help="write which versions and licences change, in Markdown (- for standard output)",
    )


def add_environment_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        action="append",
        required=True,
        help="an image (debian13_amd64) or a machine (python3.14_amd64, python3.12_macos_arm64); again for more",
    )


def user_path(text: str) -> Path:
    """A path as the user means it: `bazel run` starts programs elsewhere and says where the user stands."""
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", ""), text)


def run(args: argparse.Namespace) -> int:
    environments = parse_all(args.environment)
    selection = Selection(tuple(args.extra), tuple(args.group), tuple(args.package))
    options = Options(args.sdist, args.urls, selection)
    if args.check:
        problems = stale(args.requirements, environments, args.output, options)
        if problems:
            raise ToolError(problems)
    else:
        run_pip = PipCompile(image_pythons(args.interpreter))
        builders = workspace.builders(Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "")))
        changes = Changes() if args.changes else None
        lock_wheels(args.requirements, environments, args.output, options, run_pip, builders, changes)
        if changes:
            changes.write(args.changes)
    return 0


def lock_wheels(
    source: Path,
    environments: tuple[Environment, ...],
    output: Path,
    options: Options,
    run: Runner,
    builders: Mapping[str, Path] | None = None,
    changes: Changes | None = None,
) -> None:
    """Writes a wheel lock, and those of the builders that it needs.

    Raises:
        ToolError: see `read_input` and `wheels.make_lock`.
    """
    pins = read_input(source, environments, options.selection)
    _say_first_party(pins, source)
    print(f"{output}: wheels for {', '.join(environment.name for environment in environments)}", file=sys.stderr)
    with Index(pins.options) as index:
        planner = BuildPlanner(index, run, known_versions(_existing(output)), pins.options, options.urls)
        inputs = lockfile.input_digests(pins.files, output)
        lock = wheels.make_lock(pins, environments, index, str(source), inputs, options, planner)
        for line in yanked(lock, index):
            print(f"{output}: {line}", file=sys.stderr)
        if changes:
            changes.add(_title(output), _existing(output), lock, index)
    lockfile.write(lock, output)
    lock_builders(lock, output, builders or {})


def _title(output: Path) -> str:
    """A lock's path from the root of the workspace."""
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY", "")
    return output.relative_to(root).as_posix() if root and output.is_relative_to(root) else output.as_posix()


def lock_builders(lock: WheelsLock, output: Path, named: Mapping[str, Path]) -> None:
    """Makes the locks of the builders that a wheel lock needs, or adds to them.

    Raises:
        ToolError: see `builder.ensure`; the wheel lock is there then.
    """
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", ""))
    module = root / "MODULE.bazel"
    text = module.read_text(encoding="utf-8") if module.is_file() else ""
    problems = Collector()
    for release, wanted in builder.needed(lock).items():
        with problems.catching():
            builder.ensure(release, builder.place(release, output, text, root, named), wanted)
    problems.raise_if_any()


def _existing(output: Path) -> WheelsLock | None:
    """The lock that is there, if it is one."""
    try:
        return lockfile.read(output) if output.exists() else None
    except ToolError:
        return None


def stale(source: Path, environments: tuple[Environment, ...], output: Path, options: Options) -> list[Problem]:
    """What is wrong with a lock that exists, as far as its files tell; the network is not asked."""
    command = f"run {_command(source, environments, output, options)}"
    if not output.exists():
        return [Problem(str(output), "there is no such file", command)]
    lock = lockfile.read(output)
    now = lockfile.input_digests(read_input(source, environments, options.selection).files, output)
    names = sorted({*lock.inputs, *now})
    reasons = [f"{name} has changed" for name in names if lock.inputs.get(name) != now.get(name)]
    if lock.selected != options.selection.chosen():
        before, after = map(_told, (lock.selected, options.selection.chosen()))
        reasons.append(f"it was made with {before}, not {after}")
    wanted = {e.name: LockedEnvironment.of(e) for e in environments}
    if lock.environments != wanted:
        before, after = ", ".join(sorted(lock.environments)), ", ".join(sorted(wanted))
        reasons.append(f"it was made for {before or 'none'}, not {after}")
    return [Problem(str(output), reason, command) for reason in reasons]


def _say_first_party(pins: Pins, source: Path) -> None:
    for project in pins.first_party:
        label = places.target(project, source)
        print(
            f"{source}: {project.name or project.folder.name} is the workspace's own, in {label}, and in no lock",
            file=sys.stderr,
        )


def _told(selected: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{what} {' '.join(names)}" for what, names in selected.items()) or "no extras and groups"


def _command(source: Path, environments: tuple[Environment, ...], output: Path, options: Options) -> str:
    """The command that writes a lock, from where the user stands."""
    words = [f"--environment {environment.name}" for environment in environments]
    words += ["--no-sdist"] * (not options.sdist) + ["--urls"] * options.urls
    for what, names in options.selection.chosen().items():
        words += [f"--{what.removesuffix('s')} {name}" for name in names]
    here = user_path("").resolve()
    places = [Path(os.path.relpath(path.resolve(), here)).as_posix() for path in (source, output)]
    return f"{lockfile.COMMAND} --requirements {places[0]} {' '.join(words)} --output {places[1]}"
